import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { RestRequest } from '../rest/request.ts';
import { acceptsGzip, sendBytes } from '../rest/send-list.ts';

/** A document that changes only with the server: encoded once, with the tag that lets clients keep it (RFC 9110, 13). */
export interface Document {
  readonly contentType: string;
  readonly bytes: Uint8Array;
  /** Compressed, made at first use. */
  readonly packed: () => Uint8Array;
  /** With its quotes. */
  readonly etag: string;
}

export function document(contentType: string, content: Uint8Array | string | object): Document {
  const text =
    typeof content === 'object' && !(content instanceof Uint8Array) ? JSON.stringify(content) : content;
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  let packed: Uint8Array | undefined;
  return {
    contentType,
    bytes,
    packed: () => {
      packed ??= gzipSync(bytes);
      return packed;
    },
    etag: `"${hashOf(bytes)}"`,
  };
}

/** Documents are compressed once and kept, so that it pays earlier than for a list. */
const WORTH_COMPRESSING_BYTES = 4 * 1024;

/** Upper-case hexadecimal, as in Kubernetes' `?hash=`. */
export function hashOf(bytes: Uint8Array): string {
  return createHash('sha512').update(bytes).digest('hex').toUpperCase();
}

export async function sendDocument(
  { exchange, context }: RestRequest,
  { contentType, bytes, packed, etag }: Document,
  more: readonly string[] = [],
): Promise<void> {
  const head = [
    'Content-Type',
    contentType,
    'Audit-Id',
    context.requestId,
    'Etag',
    etag,
    'Vary',
    'Accept, Accept-Encoding',
  ];
  const caching = more.includes('Cache-Control') ? more : ['Cache-Control', 'no-cache, private', ...more];
  if (exchange.header('if-none-match') === etag) {
    exchange.respond(304, [...head, ...caching], '');
    return;
  }
  if (bytes.length > WORTH_COMPRESSING_BYTES && acceptsGzip(exchange))
    exchange.respond(200, [...head, ...caching, 'Content-Encoding', 'gzip'], packed());
  else await sendBytes(exchange, [...head, ...caching], bytes);
}
