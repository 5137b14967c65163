/** Streams of a SPDY/3.1 connection that this side opens. The other side opens none. */
import type { Duplex } from 'node:stream';
import { CONTROL, dataFrames, endOf, FrameReader, headerBlock, ping, synStream } from './frames.ts';

export interface StreamEvents {
  data(bytes: Uint8Array): void;
  /** Nothing more comes. */
  end(): void;
}

export interface OutStream {
  /** False once more is waiting than should: go on when the socket says `drain`. */
  write(bytes: Uint8Array): boolean;
  end(): void;
}

export class SpdyConnection {
  readonly #socket: Duplex;
  readonly #streams = new Map<number, StreamEvents>();
  #nextId = 1;

  /** @param head what followed the handshake already. */
  constructor(socket: Duplex, head: Uint8Array) {
    this.#socket = socket;
    const reader = new FrameReader((frame) => {
      if (frame.kind === 'control') return this.#control(frame.type, frame.payload);
      const stream = this.#streams.get(frame.stream);
      if (frame.bytes.length > 0) stream?.data(frame.bytes);
      if (frame.fin) this.#ended(frame.stream);
    });
    const take = (chunk: Buffer) => {
      try {
        reader.push(chunk);
      } catch (error) {
        socket.destroy(error instanceof Error ? error : undefined);
      }
    };
    if (head.length > 0) take(Buffer.from(head));
    socket.on('data', take);
    socket.once('close', () => {
      for (const id of [...this.#streams.keys()]) this.#ended(id);
    });
  }

  /** @param headers names in lower case. */
  open(headers: ReadonlyMap<string, string>, events: StreamEvents): OutStream {
    const id = this.#nextId;
    this.#nextId += 2;
    this.#streams.set(id, events);
    const socket = this.#socket;
    socket.write(synStream(id, headerBlock(headers, id === 1)));
    let open = true;
    return {
      write(bytes) {
        let room = true;
        if (open && socket.writable) for (const part of dataFrames(id, bytes)) room = socket.write(part);
        return room;
      },
      end() {
        if (open && socket.writable) socket.write(endOf(id));
        open = false;
      },
    };
  }

  #ended(id: number): void {
    const stream = this.#streams.get(id);
    this.#streams.delete(id);
    stream?.end();
  }

  #control(type: number, payload: Buffer): void {
    if (payload.length < 4) return;
    const id = payload.readUInt32BE(0);
    if (type === CONTROL.rstStream) this.#ended(id);
    // Ours would be odd.
    else if (type === CONTROL.ping && id % 2 === 0) this.#socket.write(ping(id));
  }
}
