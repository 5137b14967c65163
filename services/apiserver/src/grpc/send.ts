import type { ServerWritableStream } from '@grpc/grpc-js';

/** Writes answers no faster than the client takes them. Returns early once the call is cancelled. */
export async function sendChunks(
  call: ServerWritableStream<unknown, Buffer>,
  chunks: Iterable<Buffer>,
): Promise<void> {
  for (const chunk of chunks) {
    if (call.cancelled) return;
    if (!call.write(chunk)) await flowing(call);
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
