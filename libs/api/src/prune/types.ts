import type { PathPart } from './path.ts';

/** What decoding a JSON value as a message gives. */
export interface Decoded {
  /**
   * The object in canonical form: without fields that the schema does not know and without nulls; quantities, times
   * and base64 as Kubernetes writes them. The very same value if nothing had to change.
   */
  readonly value: Readonly<Record<string, unknown>>;
  /** Paths of the fields left out because nothing knows them: `spec.containers[0].foo`. */
  readonly unknownFields: readonly string[];
}

/**
 * Decodes a JSON value as the message of that full protobuf name.
 * @throws ApiError BadRequest in the words of Kubernetes' decoder if a value has the wrong type.
 */
export type Decode = (message: string, value: unknown) => Decoded;

/** Where the decoder is, and what it has seen so far. */
export interface DecodeState {
  /** Names of fields, keys of maps and indices of lists from the root to here. */
  readonly path: PathPart[];
  readonly unknownFields: string[];
}

/** Thrown by scalar decoders; the field around them adds where it is. */
export class ScalarError extends Error {
  /** True if the message says all there is: Kubernetes' own types do not name the field. */
  readonly complete: boolean;

  constructor(message: string, complete: boolean) {
    super(message);
    this.complete = complete;
  }
}
