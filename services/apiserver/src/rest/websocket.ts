/** The server's side of the WebSocket protocol (RFC 6455) for answers that only flow one way: watches and logs. */
import { createHash } from 'node:crypto';
import type { Duplex } from 'node:stream';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const FINAL = 0x80;
const OPCODE = { text: 0x1, binary: 0x2, close: 0x8, ping: 0x9, pong: 0xa } as const;
/** RFC 6455, 5.5: what a control frame carries at most. */
const MAX_CONTROL_BYTES = 125;
/** A mask is four bytes. */
const MASK_BYTES = 4;
/** RFC 6455, 7.4.1: the purpose is fulfilled. */
export const NORMAL_CLOSURE = Buffer.from([0x03, 0xe8]);

/** `Sec-WebSocket-Accept` for a client's `Sec-WebSocket-Key`. */
export function acceptKey(key: string): string {
  return createHash('sha1').update(`${key}${GUID}`).digest('base64');
}

/** One whole message in one frame. Servers do not mask (RFC 6455, 5.1). */
export function frame(kind: keyof typeof OPCODE, payload: Uint8Array): Buffer {
  const length = payload.length;
  let head: Buffer;
  if (length <= MAX_CONTROL_BYTES) head = Buffer.from([FINAL | OPCODE[kind], length]);
  else if (length <= 0xffff) {
    head = Buffer.from([FINAL | OPCODE[kind], 126, 0, 0]);
    head.writeUInt16BE(length, 2);
  } else {
    head = Buffer.concat([Buffer.from([FINAL | OPCODE[kind], 127]), Buffer.alloc(8)]);
    head.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([head, payload]);
}

/** What `control` frames of a client say; its messages are read past, of whatever length. */
class ControlFrames {
  #pending: Buffer = Buffer.alloc(0);
  #skipBytes = 0;

  read(chunk: Uint8Array, heard: (kind: 'ping' | 'close', payload: Buffer) => void): void {
    let bytes = this.#pending.length > 0 ? Buffer.concat([this.#pending, chunk]) : Buffer.from(chunk);
    for (;;) {
      const skipped = Math.min(this.#skipBytes, bytes.length);
      this.#skipBytes -= skipped;
      bytes = bytes.subarray(skipped);
      const head = headOf(bytes);
      if (!head) break;
      const isControl = head.opcode >= OPCODE.close;
      if (!isControl) {
        this.#skipBytes = head.headBytes + head.payloadBytes;
        continue;
      }
      const end = head.headBytes + head.payloadBytes;
      if (bytes.length < end) break;
      const payload = unmasked(bytes.subarray(head.headBytes - MASK_BYTES, end));
      if (head.opcode === OPCODE.ping) heard('ping', payload);
      if (head.opcode === OPCODE.close) heard('close', payload);
      bytes = bytes.subarray(end);
    }
    this.#pending = Buffer.from(bytes);
  }
}

interface FrameHead {
  readonly opcode: number;
  /** With the mask, which every frame of a client has. */
  readonly headBytes: number;
  readonly payloadBytes: number;
}

function headOf(bytes: Buffer): FrameHead | undefined {
  if (bytes.length < 2) return undefined;
  const opcode = bytes.readUInt8(0) & 0x0f;
  const short = bytes.readUInt8(1) & 0x7f;
  const lengthBytes = short === 127 ? 8 : short === 126 ? 2 : 0;
  const headBytes = 2 + lengthBytes + MASK_BYTES;
  if (bytes.length < headBytes) return undefined;
  if (short === 127) return { opcode, headBytes, payloadBytes: Number(bytes.readBigUInt64BE(2)) };
  return { opcode, headBytes, payloadBytes: short === 126 ? bytes.readUInt16BE(2) : short };
}

function unmasked(masked: Buffer): Buffer {
  const mask = masked.subarray(0, MASK_BYTES);
  return Buffer.from(masked.subarray(MASK_BYTES).map((byte, at) => byte ^ (mask[at % MASK_BYTES] ?? 0)));
}

/** Answers pings, and closes when the client asks to or hangs up. */
export function answerControlFrames(socket: Duplex, head: Uint8Array): void {
  const frames = new ControlFrames();
  const read = (chunk: Uint8Array) =>
    frames.read(chunk, (kind, payload) => {
      if (socket.writableEnded) return;
      if (kind === 'ping') socket.write(frame('pong', payload));
      else socket.end(frame('close', payload.subarray(0, 2)), () => socket.destroy());
    });
  socket.on('data', read);
  socket.once('end', () => socket.destroy());
  if (head.length > 0) read(head);
}
