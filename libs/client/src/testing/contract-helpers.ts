import assert from 'node:assert/strict';
import { ApiError, type Reason } from '@reckon/api';
import type { KubeObject, WatchEvent } from '../types.ts';

export async function rejects(promise: Promise<unknown>, reason: Reason, message = /./): Promise<void> {
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof ApiError, String(error));
    assert.equal(error.reason, reason, error.message);
    assert.match(error.message, message);
    return true;
  });
}

/** The first events as `TYPE name`; stops the watch after them. */
export async function collect<T extends KubeObject>(
  events: AsyncIterable<readonly WatchEvent<T>[]>,
  count: number,
  stop: AbortController,
  seen: (event: WatchEvent<T>) => void = () => {},
): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const batch of events) {
    for (const event of batch) {
      // The others come when the server likes.
      if (event.type === 'BOOKMARK' && !event.initialEventsEnd) continue;
      lines.push(event.type === 'BOOKMARK' ? event.type : `${event.type} ${event.object.metadata.name}`);
      seen(event);
    }
    if (lines.length >= count) stop.abort();
  }
  return lines;
}
