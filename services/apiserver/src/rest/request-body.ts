import { ApiError, decodeJson, decodeYaml, type ProtobufCodec } from '@reckon/api';
import type { Body } from '../verbs/types.ts';
import type { MediaType } from './negotiate.ts';

const SHOWN_BYTES = 30;
const OPENING_BRACE = 0x7b;

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

/**
 * Decodes a request body.
 *
 * @param kind what it must be, for the message.
 * @throws ApiError BadRequest, in the words of Kubernetes' decoder, for what is no object.
 */
export function decodeBody(
  bytes: Uint8Array,
  media: MediaType,
  kind: string,
  protobuf: ProtobufCodec | undefined,
): Body {
  try {
    const body = decode(bytes, media, protobuf);
    const value = body.value;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return body;
  } catch (error) {
    throw unrecognized(bytes, media, kind, error);
  }
  throw unrecognized(bytes, media, kind, new Error('not an object'));
}

function decode(bytes: Uint8Array, media: MediaType, protobuf: ProtobufCodec | undefined): Body {
  switch (media) {
    case 'json':
      return decodeJson(UTF8.decode(bytes));
    case 'yaml':
      return decodeYaml(UTF8.decode(bytes));
    case 'protobuf':
      if (!protobuf) throw new Error('protobuf is not spoken here');
      return { value: protobuf.decode(bytes), duplicateFields: [] };
  }
}

function unrecognized(bytes: Uint8Array, media: MediaType, kind: string, cause: unknown): ApiError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const what = media === 'json' ? 'json parse error' : `${media} parse error`;
  const message = `the object provided is unrecognized (must be of type ${kind}): couldn't get version/kind; ${what}: ${why} (${beginning(bytes)})`;
  return new ApiError('BadRequest', message, {}, { cause });
}

/** The first bytes, as text where they begin an object. */
function beginning(bytes: Uint8Array): string {
  if (bytes.length === 0) return '<empty>';
  const first = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, SHOWN_BYTES));
  return `${first.toString(bytes[0] === OPENING_BRACE ? 'utf8' : 'hex')}${bytes.length > SHOWN_BYTES ? ' ...' : ''}`;
}
