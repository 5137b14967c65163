/** Reads the protobuf wire format. Every malformed input ends in BadRequest, in the words of Go's generated code. */
import { ApiError } from '../../errors/api-error.ts';
import { BYTES, FIXED32, FIXED64, VARINT } from './writer.ts';

/** Up to here a loop beats the call into native code. */
const SHORT_STRING = 12;
const START_GROUP = 3;
const END_GROUP = 4;

function malformed(message: string): ApiError {
  return new ApiError('BadRequest', message);
}

export class Reader {
  readonly #buffer: Buffer;
  /** Of the message that is being read, not of the whole. */
  #end: number;
  #at: number;

  constructor(bytes: Uint8Array) {
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = 0;
    this.#end = bytes.length;
  }

  get done(): boolean {
    return this.#at >= this.#end;
  }

  /** Begins a message within the message; what it returns ends it, given to `leave` when `done`. */
  enter(): number {
    const length = this.uint32();
    const outer = this.#end;
    if (length > outer - this.#at) throw malformed('unexpected EOF');
    this.#end = this.#at + length;
    return outer;
  }

  leave(outer: number): void {
    this.#end = outer;
  }

  /** Field number × 8 + wire type. */
  tag(): number {
    const tag = this.uint32();
    if (tag >>> 3 === 0) throw malformed(`proto: illegal tag 0 (wire type ${tag & 7})`);
    return tag;
  }

  #byte(): number {
    if (this.#at >= this.#end) throw malformed('unexpected EOF');
    return this.#buffer[this.#at++] ?? 0;
  }

  /** The low 32 bits of a varint. */
  uint32(): number {
    const first = this.#byte();
    if (first < 0x80) return first;
    let value = first & 0x7f;
    for (let shift = 7; shift < 70; shift += 7) {
      const byte = this.#byte();
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw malformed('proto: integer overflow');
  }

  bool(): boolean {
    return this.int64() !== 0;
  }

  int32(): number {
    return this.uint32() | 0;
  }

  /** Exact up to 2^53. */
  int64(): number {
    const first = this.#buffer[this.#at] ?? 0x80;
    if (first < 0x80 && this.#at < this.#end) {
      this.#at++;
      return first;
    }
    return Number(BigInt.asIntN(64, this.#varint64()));
  }

  #varint64(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw malformed('proto: integer overflow');
  }

  double(): number {
    const at = this.#advance(8);
    return this.#buffer.readDoubleLE(at);
  }

  bytes(): Buffer {
    const length = this.uint32();
    const at = this.#advance(length);
    return this.#buffer.subarray(at, at + length);
  }

  string(): string {
    const length = this.uint32();
    const at = this.#advance(length);
    return length <= SHORT_STRING
      ? this.#shortString(at, at + length)
      : this.#buffer.toString('utf8', at, at + length);
  }

  #shortString(from: number, to: number): string {
    let text = '';
    for (let at = from; at < to; at++) {
      const code = this.#buffer[at] ?? 0;
      if (code > 0x7f) return this.#buffer.toString('utf8', from, to);
      text += String.fromCharCode(code);
    }
    return text;
  }

  #advance(count: number): number {
    const at = this.#at;
    if (count > this.#end - at) throw malformed('unexpected EOF');
    this.#at = at + count;
    return at;
  }

  /** Passes over the value of a field that nobody knows. */
  skip(tag: number): void {
    switch (tag & 7) {
      case VARINT:
        this.#varint64();
        return;
      case FIXED64:
        this.#advance(8);
        return;
      case BYTES:
        this.#advance(this.uint32());
        return;
      case FIXED32:
        this.#advance(4);
        return;
      case START_GROUP:
        this.#skipGroup(tag >>> 3);
        return;
      default:
        throw malformed(`proto: illegal wireType ${tag & 7}`);
    }
  }

  #skipGroup(number: number): void {
    const open = [number];
    while (open.length > 0) {
      const tag = this.tag();
      if ((tag & 7) === START_GROUP) open.push(tag >>> 3);
      else if ((tag & 7) === END_GROUP) {
        if (open.pop() !== tag >>> 3) throw malformed('proto: unexpected end of group');
      } else this.skip(tag);
    }
  }

  /** @throws ApiError BadRequest unless the tag has that wire type. */
  expect(tag: number, wireType: number, field: string): void {
    if ((tag & 7) !== wireType) throw malformed(`proto: wrong wireType = ${tag & 7} for field ${field}`);
  }
}
