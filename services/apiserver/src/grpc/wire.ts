/**
 * Writes the door's answers as protobuf straight from the shared bytes of objects. (The generated encoders would copy
 * each object three times; requests and typed objects do go through generated code.)
 */

const NOTHING = Buffer.alloc(0);

/** Bytes that a varint takes. */
export function varintBytes(value: number): number {
  let bytes = 1;
  for (let left = value; left > 0x7f; left = Math.floor(left / 128)) bytes++;
  return bytes;
}

/** Head of a length-delimited field: tag and length. Field numbers below 2048. */
export function fieldBytes(field: number, lengthBytes: number): number {
  return varintBytes(field << 3) + varintBytes(lengthBytes) + lengthBytes;
}

/** A message being written into one buffer whose size is known (or bounded) beforehand. */
export class MessageWriter {
  readonly #buffer: Buffer;
  #at = 0;

  /** @param capacityBytes at least as much as will be written. */
  constructor(capacityBytes: number) {
    this.#buffer = capacityBytes === 0 ? NOTHING : Buffer.allocUnsafe(capacityBytes);
  }

  /** Field of type int64, int32, bool or enum; 0 is left out, as proto3 has it. */
  number(field: number, value: number): this {
    if (value === 0) return this;
    this.#varint(field << 3);
    this.#varint(value);
    return this;
  }

  /** Starts a field of type bytes, string or message; its content has to follow. */
  head(field: number, lengthBytes: number): this {
    this.#varint((field << 3) | 2);
    this.#varint(lengthBytes);
    return this;
  }

  bytes(field: number, content: Uint8Array): this {
    this.head(field, content.length);
    return this.raw(content);
  }

  text(field: number, content: string): this {
    return content === '' ? this : this.bytes(field, Buffer.from(content));
  }

  raw(content: Uint8Array): this {
    this.#buffer.set(content, this.#at);
    this.#at += content.length;
    return this;
  }

  finish(): Buffer {
    return this.#buffer.subarray(0, this.#at);
  }

  #varint(value: number): void {
    let left = value;
    while (left > 0x7f) {
      this.#buffer[this.#at++] = (left % 128) | 0x80;
      left = Math.floor(left / 128);
    }
    this.#buffer[this.#at++] = left;
  }
}
