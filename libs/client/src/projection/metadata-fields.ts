/**
 * Single fields of an object's metadata, found in its bytes without parsing it: a walk over the JSON (RFC 8259) that
 * goes no further than the metadata's end, which come first in what an API server writes. Text that only looks like a
 * field, in a string or deeper down, is walked over like all the rest.
 */

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const SPACE = 0x20;

/**
 * The JSON text of these fields of the metadata, as it stands in an object's UTF-8 JSON; fields that are not there are
 * left out. Of bytes that are no JSON object it says nothing that could be relied on, and ends all the same.
 */
export function metadataFields<Field extends string>(
  body: Uint8Array,
  fields: readonly Field[],
): Readonly<Partial<Record<Field, string>>> {
  const found: Partial<Record<Field, string>> = {};
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const metadata = fieldsOf(bytes, 0, (keyAt, keyEnd) => isKey(bytes, keyAt, keyEnd, 'metadata'));
  if (metadata === undefined) return found;
  fieldsOf(bytes, metadata, (keyAt, keyEnd, valueAt) => {
    for (const field of fields)
      if (isKey(bytes, keyAt, keyEnd, field))
        found[field] = bytes.toString('utf8', valueAt, trimmedEnd(bytes, endOfValue(bytes, valueAt)));
    return false;
  });
  return found;
}

/**
 * Goes through the fields of the object that begins here until one is the wanted one; returns where that one's value
 * begins. A key is from `keyAt`, behind its quote, to `keyEnd`, its closing quote.
 */
function fieldsOf(
  bytes: Buffer,
  objectAt: number,
  isWanted: (keyAt: number, keyEnd: number, valueAt: number) => boolean,
): number | undefined {
  let at = skipSpace(bytes, objectAt);
  if (bytes[at] !== OPEN_OBJECT) return undefined;
  for (;;) {
    at = skipSpace(bytes, at + 1);
    if (bytes[at] !== QUOTE) return undefined;
    const keyAt = at + 1;
    const keyEnd = endOfString(bytes, at) - 1;
    at = skipSpace(bytes, keyEnd + 1);
    if (bytes[at] !== COLON) return undefined;
    const valueAt = skipSpace(bytes, at + 1);
    if (isWanted(keyAt, keyEnd, valueAt)) return valueAt;
    at = endOfValue(bytes, valueAt);
    if (bytes[at] !== COMMA) return undefined;
  }
}

/** Keys of the API are plain ASCII; a key that is written with escapes is read as JSON would. */
function isKey(bytes: Buffer, from: number, end: number, key: string): boolean {
  if (end - from === key.length) {
    let same = 0;
    while (same < key.length && bytes[from + same] === key.charCodeAt(same)) same++;
    return same === key.length;
  }
  if (end - from < key.length || !bytes.subarray(from, end).includes(BACKSLASH)) return false;
  try {
    return JSON.parse(bytes.toString('utf8', from - 1, end + 1)) === key;
  } catch {
    return false;
  }
}

/** Where the comma or bracket behind a value is, or the end of the bytes. */
function endOfValue(bytes: Buffer, valueAt: number): number {
  let depth = 0;
  for (let at = valueAt; at < bytes.length; ) {
    const byte = bytes[at];
    if (byte === QUOTE) at = endOfString(bytes, at);
    else {
      if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth++;
      else if (depth === 0 && (byte === COMMA || byte === CLOSE_OBJECT || byte === CLOSE_LIST)) return at;
      else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) depth--;
      at++;
    }
  }
  return bytes.length;
}

/** Behind the closing quote of the string that begins here. */
function endOfString(bytes: Buffer, quoteAt: number): number {
  let at = quoteAt + 1;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return Math.min(at + 1, bytes.length);
}

function skipSpace(bytes: Buffer, from: number): number {
  let at = from;
  while (isSpace(bytes[at])) at++;
  return at;
}

function trimmedEnd(bytes: Buffer, end: number): number {
  let at = end;
  while (isSpace(bytes[at - 1])) at--;
  return at;
}

/** Space, tab and line ends: nothing else below a space stands between JSON's tokens. */
function isSpace(byte: number | undefined): boolean {
  return byte !== undefined && byte <= SPACE;
}
