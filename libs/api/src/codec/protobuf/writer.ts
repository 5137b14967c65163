/**
 * Writes the protobuf wire format from the end to the front: when a message's length is written, it is known. Callers
 * therefore write a message's fields, and the items of a list, in reverse order, and each value before its tag.
 */

export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
export const FIXED32 = 5;

const INITIAL_BYTES = 4_096;
/** Up to here a loop beats the call into native code. */
const SHORT_STRING = 40;

export class ReverseWriter {
  #buffer: Buffer = Buffer.allocUnsafe(INITIAL_BYTES);
  /** Where what was written begins. */
  #start = INITIAL_BYTES;

  /** How many bytes were written. */
  get length(): number {
    return this.#buffer.length - this.#start;
  }

  /** What was written. The writer must not be used afterwards. */
  finish(): Uint8Array {
    return this.#buffer.subarray(this.#start);
  }

  #reserve(count: number): void {
    if (this.#start >= count) return;
    const written = this.length;
    const grown = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, written + count));
    this.#buffer.copy(grown, grown.length - written, this.#start);
    this.#buffer = grown;
    this.#start = grown.length - written;
  }

  tag(number: number, wireType: number): void {
    this.uint32(((number << 3) | wireType) >>> 0);
  }

  /** Ends a length-delimited value that began when `length` was `from`. */
  delimit(number: number, from: number): void {
    this.uint32(this.length - from);
    this.tag(number, BYTES);
  }

  uint32(value: number): void {
    let size = 1;
    for (let rest = value >>> 7; rest !== 0; rest >>>= 7) size++;
    this.#reserve(size);
    this.#start -= size;
    let at = this.#start;
    let rest = value;
    while (rest > 0x7f) {
      this.#buffer[at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#buffer[at] = rest;
  }

  /** A signed integer of up to 64 bits; negative ones take ten bytes. */
  int(value: number): void {
    if (value >= 0 && value <= 0xffff_ffff) this.uint32(value);
    else this.#varint64(BigInt.asUintN(64, BigInt(Math.trunc(value))));
  }

  #varint64(value: bigint): void {
    const bytes: number[] = [];
    let rest = value;
    while (rest > 0x7fn) {
      bytes.push(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    bytes.push(Number(rest));
    this.raw(Uint8Array.from(bytes));
  }

  double(value: number): void {
    this.#reserve(8);
    this.#start -= 8;
    this.#buffer.writeDoubleLE(value, this.#start);
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#start -= bytes.length;
    this.#buffer.set(bytes, this.#start);
  }

  /** The bytes of a text, without their length. */
  text(value: string): void {
    if (value.length <= SHORT_STRING && this.#ascii(value)) return;
    const size = Buffer.byteLength(value);
    this.#reserve(size);
    this.#start -= size;
    this.#buffer.write(value, this.#start, 'utf8');
  }

  #ascii(value: string): boolean {
    this.#reserve(value.length);
    const start = this.#start - value.length;
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i);
      if (code > 0x7f) return false;
      this.#buffer[start + i] = code;
    }
    this.#start = start;
    return true;
  }

  string(number: number, value: string): void {
    const from = this.length;
    this.text(value);
    this.delimit(number, from);
  }

  bytes(number: number, value: Uint8Array): void {
    this.raw(value);
    this.uint32(value.length);
    this.tag(number, BYTES);
  }
}
