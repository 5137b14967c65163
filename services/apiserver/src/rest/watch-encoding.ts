/** Watch events as bytes: JSON lines, or length-delimited protobuf frames (API concepts: "Efficient detection of changes"). */
import { type ApiError, type ProtobufCodec, type ResourceSchema, statusOf } from '@reckon/api';
import type { ObjectAt, WatchEvent } from '../verbs/types.ts';
import { groupVersion } from './list-body.ts';
import { type ShapeRequest, shapeOne } from './shapes.ts';

type Bookmark = Readonly<Record<string, unknown>> & {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Readonly<Record<string, unknown>>;
};

export interface WatchEncoder {
  readonly contentType: string;
  /** One buffer for a whole batch: one write, one TLS record or a few. */
  events(batch: readonly WatchEvent[]): Uint8Array;
  error(error: ApiError): Uint8Array;
}

const PROTOBUF_STREAM = 'application/vnd.kubernetes.protobuf;stream=watch';
const AFTER = Buffer.from('}\n');
const BEFORE: Readonly<Record<WatchEvent['type'], Buffer>> = {
  ADDED: Buffer.from('{"type":"ADDED","object":'),
  MODIFIED: Buffer.from('{"type":"MODIFIED","object":'),
  DELETED: Buffer.from('{"type":"DELETED","object":'),
  BOOKMARK: Buffer.from('{"type":"BOOKMARK","object":'),
};

/** A bookmark's object holds nothing but the revision that has been reached. */
export function bookmarkObject(resource: ResourceSchema, event: WatchEvent): Bookmark {
  const metadata: Record<string, unknown> = { resourceVersion: String(event.rev), creationTimestamp: null };
  if (event.initialEventsEnd) metadata.annotations = { 'k8s.io/initial-events-end': 'true' };
  return { kind: resource.kind, apiVersion: groupVersion(resource), metadata };
}

/** The stored bytes as they are, between two short pieces of text. */
export class JsonWatchEncoder implements WatchEncoder {
  readonly contentType = 'application/json';
  readonly #resource: ResourceSchema;

  constructor(resource: ResourceSchema) {
    this.#resource = resource;
  }

  events(batch: readonly WatchEvent[]): Uint8Array {
    const pieces: Uint8Array[] = [];
    for (const event of batch) {
      const json = event.object?.json ?? Buffer.from(JSON.stringify(bookmarkObject(this.#resource, event)));
      pieces.push(BEFORE[event.type], json, AFTER);
    }
    return Buffer.concat(pieces);
  }

  error(error: ApiError): Uint8Array {
    return Buffer.from(`${JSON.stringify({ type: 'ERROR', object: statusOf(error) })}\n`);
  }
}

/** Tables and metadata, as JSON. Only the first table names its columns. */
export class ShapedWatchEncoder implements WatchEncoder {
  readonly contentType = 'application/json';
  readonly #request: ShapeRequest;
  #named = false;

  constructor(request: ShapeRequest) {
    this.#request = request;
  }

  events(batch: readonly WatchEvent[]): Uint8Array {
    const lines = batch.map(
      (event) => `${JSON.stringify({ type: event.type, object: this.#object(event) })}\n`,
    );
    return Buffer.from(lines.join(''));
  }

  error(error: ApiError): Uint8Array {
    return Buffer.from(`${JSON.stringify({ type: 'ERROR', object: statusOf(error) })}\n`);
  }

  #object(event: WatchEvent): object {
    const columns = !this.#named;
    this.#named = true;
    return shapeOne(this.#request, event.object ?? bookmark(this.#request, event), columns);
  }
}

/** Also a bookmark has the shape that was asked for: a client that wants metadata knows no other. */
function bookmark({ resource }: ShapeRequest, event: WatchEvent): Pick<ObjectAt, 'value'> {
  return { value: bookmarkObject(resource, event) };
}

/** Metadata as protobuf: what clients that keep only metadata ask for first. */
export class ProtobufMetadataWatchEncoder implements WatchEncoder {
  readonly contentType = PROTOBUF_STREAM;
  readonly #request: ShapeRequest;
  readonly #codec: ProtobufCodec;

  constructor(request: ShapeRequest, codec: ProtobufCodec) {
    this.#request = request;
    this.#codec = codec;
  }

  events(batch: readonly WatchEvent[]): Uint8Array {
    return Buffer.concat(
      batch.map((event) => {
        const shaped = shapeOne(this.#request, event.object ?? bookmark(this.#request, event));
        return this.#codec.watchFrame(event.type, this.#codec.encode({ ...shaped }));
      }),
    );
  }

  error(error: ApiError): Uint8Array {
    return this.#codec.watchFrame('ERROR', this.#codec.encode({ ...statusOf(error) }));
  }
}

/** Frames, each with its length before it. */
export class ProtobufWatchEncoder implements WatchEncoder {
  readonly contentType = PROTOBUF_STREAM;
  readonly #resource: ResourceSchema;
  readonly #codec: ProtobufCodec;
  readonly #objectBytes: (object: ObjectAt) => Uint8Array;

  constructor(resource: ResourceSchema, codec: ProtobufCodec, objectBytes: (object: ObjectAt) => Uint8Array) {
    this.#resource = resource;
    this.#codec = codec;
    this.#objectBytes = objectBytes;
  }

  events(batch: readonly WatchEvent[]): Uint8Array {
    return Buffer.concat(
      batch.map(({ type, object, ...event }) => {
        const bytes = object
          ? this.#objectBytes(object)
          : this.#codec.encode(bookmarkObject(this.#resource, { type, ...event }));
        return this.#codec.watchFrame(type, bytes);
      }),
    );
  }

  error(error: ApiError): Uint8Array {
    return this.#codec.watchFrame('ERROR', this.#codec.encode({ ...statusOf(error) }));
  }
}
