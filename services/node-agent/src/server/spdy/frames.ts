/**
 * What of SPDY/3.1 is needed to open streams at a container runtime and to read what comes back
 * (https://www.chromium.org/spdy/spdy-protocol/spdy-protocol-draft3-1/).
 *
 * Header blocks are zlib streams that last as long as the connection. Ours are made of stored blocks, which need no
 * compressor and no dictionary; those of the other side say nothing that matters here and are passed over.
 */
const VERSION = 3;
export const FIN = 1;
const HEAD_BYTES = 8;
/** Lengths are 24 bits. */
const MAX_DATA_BYTES = 0xff_ff_ff;
/** No control frame of a runtime is near it. */
const MAX_CONTROL_BYTES = 64 * 1024;

export const CONTROL = { synStream: 1, synReply: 2, rstStream: 3, settings: 4, ping: 6, goAway: 7 } as const;

export type Frame =
  | { readonly kind: 'data'; readonly stream: number; readonly bytes: Uint8Array; readonly fin: boolean }
  | { readonly kind: 'control'; readonly type: number; readonly flags: number; readonly payload: Buffer };

/** Begins the zlib stream of our header blocks: deflate, 32 KiB window, no dictionary. */
const ZLIB_HEAD = Buffer.of(0x78, 0x01);
/** An empty stored block: what was written before it is to be read now. */
const SYNC = Buffer.of(0x00, 0x00, 0x00, 0xff, 0xff);

/** @param first whether it is the first header block of the connection. Names must be in lower case. */
export function headerBlock(headers: ReadonlyMap<string, string>, first: boolean): Buffer {
  const parts = [word(headers.size)];
  for (const [name, value] of headers) parts.push(text(name), text(value));
  const plain = Buffer.concat(parts);
  const stored = Buffer.alloc(5);
  stored.writeUInt16LE(plain.length, 1);
  stored.writeUInt16LE(~plain.length & 0xff_ff, 3);
  return Buffer.concat([...(first ? [ZLIB_HEAD] : []), stored, plain, SYNC]);
}

export function synStream(stream: number, block: Buffer): Buffer {
  return control(CONTROL.synStream, Buffer.concat([word(stream), word(0), Buffer.alloc(2), block]));
}

export function ping(id: number): Buffer {
  return control(CONTROL.ping, word(id));
}

/** The heads of the frames that carry so many bytes, and where each of them begins. */
export function* dataFrames(stream: number, bytes: Uint8Array): Iterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += MAX_DATA_BYTES) {
    const part = bytes.subarray(at, at + MAX_DATA_BYTES);
    yield head(stream, 0, part.length);
    yield part;
  }
}

export function endOf(stream: number): Buffer {
  return head(stream, FIN, 0);
}

function control(type: number, payload: Buffer): Buffer {
  return Buffer.concat([head(0x80_00_00_00 + VERSION * 0x1_00_00 + type, 0, payload.length), payload]);
}

function head(first: number, flags: number, length: number): Buffer {
  const bytes = Buffer.alloc(HEAD_BYTES);
  bytes.writeUInt32BE(first, 0);
  bytes.writeUInt32BE(flags * 0x1_00_00_00 + length, 4);
  return bytes;
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([word(bytes.length), bytes]);
}

/** Cuts what arrives into frames; the bytes of a data frame are passed on as they come, in pieces. */
export class FrameReader {
  readonly #emit: (frame: Frame) => void;
  #kept: Buffer = Buffer.alloc(0);
  #data: { readonly stream: number; readonly fin: boolean; left: number } | undefined;

  constructor(emit: (frame: Frame) => void) {
    this.#emit = emit;
  }

  /** @throws Error if it is not SPDY that comes. */
  push(chunk: Buffer): void {
    let rest = this.#kept.length > 0 ? Buffer.concat([this.#kept, chunk]) : chunk;
    for (;;) {
      const used = this.#data ? this.#dataFrom(rest) : this.#frameFrom(rest);
      if (used === 0) break;
      rest = rest.subarray(used);
    }
    this.#kept = rest;
  }

  #dataFrom(bytes: Buffer): number {
    const data = this.#data;
    if (!data || bytes.length === 0) return 0;
    const part = bytes.subarray(0, data.left);
    data.left -= part.length;
    const ended = data.left === 0;
    if (ended) this.#data = undefined;
    this.#emit({ kind: 'data', stream: data.stream, bytes: part, fin: ended && data.fin });
    return part.length;
  }

  #frameFrom(bytes: Buffer): number {
    if (bytes.length < HEAD_BYTES) return 0;
    const first = bytes.readUInt32BE(0);
    const second = bytes.readUInt32BE(4);
    const flags = second >>> 24;
    const length = second & 0xff_ff_ff;
    if (first < 0x80_00_00_00) {
      const fin = (flags & FIN) !== 0;
      if (length > 0) this.#data = { stream: first, fin, left: length };
      else this.#emit({ kind: 'data', stream: first, bytes: new Uint8Array(0), fin });
      return HEAD_BYTES;
    }
    const version = (first >>> 16) & 0x7f_ff;
    if (version !== VERSION) throw new Error(`the container runtime speaks version ${version} of SPDY`);
    if (length > MAX_CONTROL_BYTES) throw new Error(`a control frame of ${length} bytes`);
    if (bytes.length < HEAD_BYTES + length) return 0;
    const payload = bytes.subarray(HEAD_BYTES, HEAD_BYTES + length);
    this.#emit({ kind: 'control', type: first & 0xff_ff, flags, payload });
    return HEAD_BYTES + length;
  }
}
