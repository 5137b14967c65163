/**
 * `application/vnd.kubernetes.protobuf`: the form in which many Go clients send and want built-in kinds.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding
 */
import { ApiError } from '../../errors/api-error.ts';
import type { MessageSchema, Schema } from '../../schema/types.ts';
import { readMessage } from './decode.ts';
import { writeMessage } from './encode.ts';
import { Plans } from './plan.ts';
import { Reader } from './reader.ts';
import { BYTES, ReverseWriter } from './writer.ts';

export const PROTOBUF_MEDIA_TYPE = 'application/vnd.kubernetes.protobuf';

type Fields = Readonly<Record<string, unknown>>;

/** Before every object: "k8s" and a zero byte. */
const MAGIC = Uint8Array.of(0x6b, 0x38, 0x73, 0x00);
const FRAME_HEADER_BYTES = 4;

export interface ProtobufCodec {
  /** Whether objects of that kind have a protobuf form; custom kinds have none. */
  supports(apiVersion: string, kind: string): boolean;
  /** @throws ApiError NotAcceptable if the object's kind has no protobuf form. */
  encode(object: Fields): Uint8Array;
  /** The object with apiVersion and kind. @throws ApiError BadRequest, also for a kind that has no protobuf form. */
  decode(bytes: Uint8Array): Fields;
  /**
   * One event of a watch (media type parameter `stream=watch`): length in four bytes, then the WatchEvent.
   * `object` is what `encode` gave.
   */
  watchFrame(type: string, object: Uint8Array): Uint8Array;
}

function splitApiVersion(apiVersion: string): { readonly group: string; readonly version: string } {
  const slash = apiVersion.indexOf('/');
  return { group: slash === -1 ? '' : apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

interface Envelope {
  readonly apiVersion: string;
  readonly kind: string;
  readonly raw: Uint8Array;
}

function readEnvelope(bytes: Uint8Array): Envelope {
  if (bytes.length < MAGIC.length || MAGIC.some((byte, index) => bytes[index] !== byte)) {
    throw new ApiError(
      'BadRequest',
      'provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]',
    );
  }
  const reader = new Reader(bytes.subarray(MAGIC.length));
  let type: { readonly apiVersion: string; readonly kind: string } = { apiVersion: '', kind: '' };
  let raw: Uint8Array = new Uint8Array();
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === ((1 << 3) | BYTES)) type = readTypeMeta(reader.bytes());
    else if (tag === ((2 << 3) | BYTES)) raw = reader.bytes();
    else reader.skip(tag);
  }
  return { ...type, raw };
}

function readTypeMeta(bytes: Uint8Array): { readonly apiVersion: string; readonly kind: string } {
  const reader = new Reader(bytes);
  let apiVersion = '';
  let kind = '';
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === ((1 << 3) | BYTES)) apiVersion = reader.string();
    else if (tag === ((2 << 3) | BYTES)) kind = reader.string();
    else reader.skip(tag);
  }
  return { apiVersion, kind };
}

export function createProtobufCodec(schema: Schema): ProtobufCodec {
  const plans = new Plans(schema);
  const messageOf = (apiVersion: unknown, kind: unknown): MessageSchema | undefined => {
    if (typeof apiVersion !== 'string' || typeof kind !== 'string') return undefined;
    const { group, version } = splitApiVersion(apiVersion);
    return schema.kindMessage(group, version, kind);
  };

  return {
    supports: (apiVersion, kind) => messageOf(apiVersion, kind) !== undefined,

    encode(object) {
      const { apiVersion, kind } = object;
      const message = messageOf(apiVersion, kind);
      if (message === undefined) {
        throw new ApiError(
          'NotAcceptable',
          `object ${String(apiVersion)}, Kind=${String(kind)} does not implement the protobuf marshalling interface and cannot be encoded to a protobuf message`,
        );
      }
      const writer = new ReverseWriter();
      // contentEncoding (3) and contentType (4) are empty, and written all the same, as Go does.
      writer.string(4, '');
      writer.string(3, '');
      let from = writer.length;
      writeMessage(writer, plans.of(message.name), object);
      writer.delimit(2, from);
      from = writer.length;
      writer.string(2, String(kind));
      writer.string(1, String(apiVersion));
      writer.delimit(1, from);
      writer.raw(MAGIC);
      return writer.finish();
    },

    decode(bytes) {
      const { apiVersion, kind, raw } = readEnvelope(bytes);
      const message = messageOf(apiVersion, kind);
      if (message === undefined) {
        throw new ApiError(
          'BadRequest',
          `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`,
        );
      }
      return readMessage(new Reader(raw), plans.of(message.name), { apiVersion, kind });
    },

    watchFrame(type, object) {
      const writer = new ReverseWriter();
      const from = writer.length;
      writer.bytes(1, object);
      writer.delimit(2, from);
      writer.string(1, type);
      const header = Buffer.alloc(FRAME_HEADER_BYTES);
      header.writeUInt32BE(writer.length);
      writer.raw(header);
      return writer.finish();
    },
  };
}
