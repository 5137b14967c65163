import { type ApiError, notAcceptable, type ProtobufCodec, statusOf } from '@reckon/api';
import { stringify as toYaml } from 'yaml';
import type { KubeObject, ObjectAt } from '../verbs/types.ts';
import type { Exchange } from './exchange.ts';
import { CONTENT_TYPES, type MediaType } from './negotiate.ts';
import { sendBytes } from './send-list.ts';

/** How one answer is to be written. */
export interface AnswerForm {
  readonly media: MediaType;
  readonly pretty: boolean;
}

/** What an answer needs of its request. */
export interface AnswerHead {
  readonly requestId: string;
  readonly warnings: readonly string[];
}

interface Typed {
  readonly apiVersion: string;
  readonly kind: string;
}

const protobufOf = new WeakMap<ObjectAt, Uint8Array>();

/** Writes objects and errors as answers. */
export class Answers {
  readonly #protobuf: ProtobufCodec | undefined;

  constructor(protobuf: ProtobufCodec | undefined) {
    this.#protobuf = protobuf;
  }

  /** A stored object: the bytes that everybody shares, where JSON is wanted. */
  object(
    exchange: Exchange,
    head: AnswerHead,
    form: AnswerForm,
    status: number,
    object: ObjectAt,
  ): Promise<void> | undefined {
    return sendBytes(exchange, headers(form.media, head), this.objectBytes(form, object), status);
  }

  objectBytes(form: AnswerForm, object: ObjectAt): Uint8Array | string {
    if (form.media === 'json') return form.pretty ? pretty(object.value) : object.json;
    if (form.media !== 'protobuf') return this.encode(form, object.value);
    let bytes = protobufOf.get(object);
    if (!bytes) {
      bytes = this.#encodeProtobuf(object.value);
      protobufOf.set(object, bytes);
    }
    return bytes;
  }

  /** Any other object. */
  value(
    exchange: Exchange,
    head: AnswerHead,
    form: AnswerForm,
    status: number,
    value: Typed,
  ): Promise<void> | undefined {
    return sendBytes(exchange, headers(form.media, head), this.encode(form, value), status);
  }

  encode(form: AnswerForm, value: Typed): Uint8Array | string {
    switch (form.media) {
      case 'json':
        return form.pretty ? pretty(value) : JSON.stringify(value);
      case 'yaml':
        return yamlText(value);
      case 'protobuf':
        return this.#encodeProtobuf(value);
    }
  }

  error(exchange: Exchange, head: AnswerHead, media: MediaType, error: ApiError): void {
    const status = statusOf(error);
    const extra = [...headers(media, head)];
    const retryAfterSeconds = error.details.retryAfterSeconds;
    if (retryAfterSeconds) extra.push('Retry-After', String(retryAfterSeconds));
    if (error.reason === 'Unauthorized') extra.push('WWW-Authenticate', 'Bearer realm="reckon"');
    exchange.respond(error.httpStatus, extra, this.encode({ media, pretty: false }, status));
  }

  #encodeProtobuf(value: Typed | KubeObject): Uint8Array {
    const codec = this.#protobuf;
    if (!codec?.supports(value.apiVersion, value.kind))
      throw notAcceptable([CONTENT_TYPES.json, CONTENT_TYPES.yaml]);
    return codec.encode({ ...value });
  }
}

/** Readers are often of YAML 1.1 (PyYAML, Go): texts that look like its booleans or times are quoted for them. */
function yamlText(value: Typed): string {
  return toYaml(value, { version: '1.1', aliasDuplicateObjects: false, lineWidth: 0 });
}

function pretty(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

/** Head of an answer with a body of this media type. */
export function headers(media: MediaType, head: AnswerHead): readonly string[] {
  const list = [
    'Content-Type',
    CONTENT_TYPES[media],
    'Audit-Id',
    head.requestId,
    'Cache-Control',
    'no-cache, private',
  ];
  for (const warning of head.warnings) list.push('Warning', warningHeader(warning));
  return list;
}

/**
 * RFC 9111's old `Warning` field as KEP-1693 uses it: `299 - "text"`. Quotes and backslashes are escaped, control
 * characters become spaces, and UTF-8 goes as its bytes.
 */
export function warningHeader(text: string): string {
  const clean = text
    .slice(0, 2_048)
    .replace(/\p{Cc}/gu, ' ')
    .replace(/["\\]/g, '\\$&');
  return `299 - "${Buffer.from(clean, 'utf8').toString('latin1')}"`;
}
