import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { ApiError } from '@reckon/api';
import { VirtualClock } from '@reckon/service';
import { DoorContext } from '../doors/context.ts';
import type { WatchEvent } from '../verbs/types.ts';
import type { Exchange } from './exchange.ts';
import { sendWatch } from './send-watch.ts';

let clock: VirtualClock;
let context: DoorContext;
let sent: string[];
/** Lets the client take what was written. */
let read: () => void;

beforeEach(() => {
  clock = new VirtualClock();
  context = new DoorContext(
    { gone: false, onGone() {} },
    { user: { name: 'jane', groups: [] }, requestId: 'r', userAgent: '' },
  );
  sent = [];
  read = () => {};
});

/** A watch with a change whenever it is asked, whose client reads nothing by himself. */
async function watch(): Promise<void> {
  const exchange: Pick<Exchange, 'stream'> = {
    stream: () => ({
      write: (chunk) => {
        sent.push(Buffer.from(chunk).toString());
        return false;
      },
      drained: () =>
        new Promise((resolve) => {
          read = resolve;
        }),
      end: () => sent.push('end'),
      destroy: () => sent.push('cut'),
    }),
  };
  const changes = async function* (): AsyncGenerator<readonly WatchEvent[]> {
    for (let rev = 1; ; rev++) yield [{ type: 'BOOKMARK', rev }];
  };
  await sendWatch(changes(), {
    exchange,
    context,
    clock,
    headers: [],
    encoder: {
      contentType: 'application/json',
      events: ([event]) => Buffer.from(`change ${event?.rev}`),
      error: ({ reason, message }) => Buffer.from(`${reason}: ${message}`),
    },
    timeoutMs: 600_000,
    sent: () => {},
  });
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('a watch that is not read', () => {
  test('goes on when it is read, and not before', async () => {
    void watch();
    await settled();
    assert.deepEqual(sent, ['change 1']);
    await clock.advance(100_000);
    read();
    await settled();
    assert.deepEqual(sent, ['change 1', 'change 2']);
    await clock.advance(100_000);
    assert.deepEqual(sent, ['change 1', 'change 2'], 'whoever reads is only slow');
  });

  test('is closed after two minutes with the reason, and cut if that is not read either', async () => {
    const over = watch();
    await settled();
    await clock.advance(120_000);
    await over;
    const why = 'TooManyRequests: nothing of the watch was read for 120 s: begin again after the last change';
    assert.deepEqual(sent, ['change 1', why, 'end']);
    await clock.advance(120_000);
    assert.deepEqual(sent.slice(3), ['cut']);
  });

  test('ends when its time is over or the server stops, without being read', async () => {
    const over = watch();
    await settled();
    context.abort(new ApiError('ServiceUnavailable', 'apiserver is shutting down'));
    await over;
    assert.deepEqual(sent, ['change 1', 'end']);
    read();
    await settled();
    await clock.advance(300_000);
    assert.deepEqual(sent, ['change 1', 'end'], 'who has read the rest is not cut');
  });
});
