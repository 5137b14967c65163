import type { Pace } from '../rest/send-list.ts';

/** About how long it takes to make a message, and to send it by HTTP/2. */
const MS_A_MEBIBYTE = 5;

/** A call whose answers flow. */
export interface Answering {
  readonly cancelled: boolean;
  write(chunk: Buffer, taken: () => void): unknown;
  on(event: 'cancelled' | 'close', listener: () => void): unknown;
  off(event: 'cancelled' | 'close', listener: () => void): unknown;
}

/**
 * Writes answers no faster than the client takes them, and long ones in turns with others. The stream itself would take
 * sixteen of them before it says that it has enough: each is waited for. Returns early once the call is cancelled.
 */
export async function sendChunks(call: Answering, chunks: Iterable<Buffer>, pace?: Pace): Promise<void> {
  for (const chunk of chunks) {
    if (call.cancelled || pace?.aborted) return;
    await taken(call, chunk);
    await pace?.turn((chunk.length / 2 ** 20) * MS_A_MEBIBYTE);
  }
}

/** Resolves when HTTP/2 has taken all of the chunk, or will never do so. */
function taken(call: Answering, chunk: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      call.off('cancelled', done);
      call.off('close', done);
      resolve();
    };
    call.on('cancelled', done);
    call.on('close', done);
    call.write(chunk, done);
  });
}
