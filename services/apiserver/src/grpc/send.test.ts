import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { sendChunks } from './send.ts';

/** A call whose client takes a chunk when it is told to. */
class SlowCall extends EventEmitter {
  cancelled = false;
  readonly written: string[] = [];
  take = () => {};

  write(chunk: Buffer, taken: () => void): void {
    this.written.push(chunk.toString());
    this.take = taken;
  }
}

const chunks = ['a', 'b', 'c'].map((text) => Buffer.from(text));
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('of an answer that its client does not take one chunk is held, and the next is not even made', async () => {
  const call = new SlowCall();
  let made = 0;
  const making = function* () {
    for (const chunk of chunks) {
      made++;
      yield chunk;
    }
  };
  const sent = sendChunks(call, making());
  await settled();
  assert.deepEqual([call.written, made], [['a'], 1]);
  call.take();
  await settled();
  assert.deepEqual([call.written, made], [['a', 'b'], 2]);
  call.take();
  await settled();
  call.take();
  await sent;
  assert.deepEqual(call.written, ['a', 'b', 'c']);
  assert.deepEqual(call.eventNames(), [], 'nobody listens any more');
});

test('a client that leaves while a chunk waits ends it', async () => {
  const call = new SlowCall();
  const sent = sendChunks(call, chunks);
  await settled();
  call.cancelled = true;
  call.emit('cancelled');
  await sent;
  assert.deepEqual(call.written, ['a']);
});
