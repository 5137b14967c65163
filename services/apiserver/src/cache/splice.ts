import type { Revision } from '@reckon/api';

const METADATA = Buffer.from('"metadata":{');
const FIELD = Buffer.from('"resourceVersion":"');

/**
 * The bytes of an object with `metadata.resourceVersion` set to `rev`. The log keeps objects without it, because the
 * revision is not known before the head of the log is locked.
 *
 * `body` is JSON as `JSON.stringify` writes it, with apiVersion, kind and metadata first (their values hold no
 * unescaped quote, so the first `"metadata":{` is the right one). If it already has a resourceVersion as the first
 * field of metadata, that one is replaced.
 */
export function spliceResourceVersion(body: Uint8Array, rev: Revision): Buffer {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const at = bytes.indexOf(METADATA);
  if (at < 0) throw new TypeError('an object in the log has no metadata');
  const start = at + METADATA.length;
  let end = start;
  if (bytes.compare(FIELD, 0, FIELD.length, start, start + FIELD.length) === 0) {
    end = bytes.indexOf(0x22, start + FIELD.length) + 1;
    if (bytes[end] === 0x2c) end++;
  }
  const last = bytes[end] === 0x7d;
  const field = `"resourceVersion":"${rev}"${last ? '' : ','}`;
  const spliced = Buffer.allocUnsafeSlow(start + field.length + bytes.length - end);
  bytes.copy(spliced, 0, 0, start);
  spliced.write(field, start, 'latin1');
  bytes.copy(spliced, start + field.length, end);
  return spliced;
}
