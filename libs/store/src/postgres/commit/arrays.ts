/**
 * Arrays in Postgres' binary form (`array_recv`), so that bodies travel as they are: no hexadecimal, no quoting.
 * Layout: dimensions, has-nulls flag, element type, then length and lower bound of the one dimension, then each element
 * as its length (-1: null) and its bytes; all numbers are big-endian.
 */
const OID = { bytea: 17, int8: 20, int2: 21, int4: 23, text: 25 } as const;
const EMPTY_HEADER_BYTES = 12;
const HEADER_BYTES = 20;
const LENGTH_BYTES = 4;

export function textArray(values: readonly (string | undefined)[]): Buffer {
  let size = 0;
  for (const value of values) size += LENGTH_BYTES + (value === undefined ? 0 : Buffer.byteLength(value));
  const buffer = allocate(OID.text, values.length, size);
  let at = HEADER_BYTES;
  for (const value of values) {
    const length = value === undefined ? -1 : buffer.write(value, at + LENGTH_BYTES);
    at = buffer.writeInt32BE(length, at) + Math.max(0, length);
  }
  return buffer;
}

export function bytesArray(values: readonly Uint8Array[]): Buffer {
  let size = 0;
  for (const value of values) size += LENGTH_BYTES + value.length;
  const buffer = allocate(OID.bytea, values.length, size);
  let at = HEADER_BYTES;
  for (const value of values) {
    at = buffer.writeInt32BE(value.length, at);
    buffer.set(value, at);
    at += value.length;
  }
  return buffer;
}

/** Values up to 2^53. */
export function int8Array(values: readonly (number | undefined)[]): Buffer {
  let size = 0;
  for (const value of values) size += LENGTH_BYTES + (value === undefined ? 0 : 8);
  const buffer = allocate(OID.int8, values.length, size);
  let at = HEADER_BYTES;
  for (const value of values) {
    at = buffer.writeInt32BE(value === undefined ? -1 : 8, at);
    if (value === undefined) continue;
    at = buffer.writeInt32BE(Math.floor(value / 2 ** 32), at);
    at = buffer.writeUInt32BE(value % 2 ** 32, at);
  }
  return buffer;
}

export function int4Array(values: readonly number[]): Buffer {
  const buffer = allocate(OID.int4, values.length, values.length * (LENGTH_BYTES + 4));
  let at = HEADER_BYTES;
  for (const value of values) at = buffer.writeInt32BE(value, buffer.writeInt32BE(4, at));
  return buffer;
}

export function int2Array(values: readonly number[]): Buffer {
  const buffer = allocate(OID.int2, values.length, values.length * (LENGTH_BYTES + 2));
  let at = HEADER_BYTES;
  for (const value of values) at = buffer.writeInt16BE(value, buffer.writeInt32BE(2, at));
  return buffer;
}

function allocate(elementType: number, count: number, elementsBytes: number): Buffer {
  const buffer = Buffer.allocUnsafe(count === 0 ? EMPTY_HEADER_BYTES : HEADER_BYTES + elementsBytes);
  buffer.writeInt32BE(count === 0 ? 0 : 1, 0);
  // The flag is advice; each element says for itself whether it is null.
  buffer.writeInt32BE(1, 4);
  buffer.writeInt32BE(elementType, 8);
  if (count > 0) {
    buffer.writeInt32BE(count, 12);
    buffer.writeInt32BE(1, 16);
  }
  return buffer;
}
