import type { ServerWritableStream } from '@grpc/grpc-js';
import type { Pace } from '../rest/send-list.ts';

/** About how long it takes to make a message, and to send it by HTTP/2. */
const MS_A_MEBIBYTE = 5;

/** Writes answers no faster than the client takes them, and long ones in turns with others. Returns early once the call is cancelled. */
export async function sendChunks(
  call: ServerWritableStream<unknown, Buffer>,
  chunks: Iterable<Buffer>,
  pace?: Pace,
): Promise<void> {
  for (const chunk of chunks) {
    if (call.cancelled || pace?.aborted) return;
    if (!call.write(chunk)) await flowing(call);
    await pace?.turn((chunk.length / 2 ** 20) * MS_A_MEBIBYTE);
  }
}

function flowing(call: ServerWritableStream<unknown, Buffer>): Promise<void> {
  if (call.cancelled) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      call.off('drain', done);
      call.off('cancelled', done);
      call.off('close', done);
      resolve();
    };
    call.on('drain', done);
    call.on('cancelled', done);
    call.on('close', done);
  });
}
