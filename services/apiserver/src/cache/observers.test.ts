import assert from 'node:assert/strict';
import { it } from 'node:test';
import { VirtualClock } from '@reckon/service';
import { NO_LABELS } from './entry.ts';
import { TestLog } from './test-log.ts';
import { WatchCache } from './watch-cache.ts';

const key = (name: string, resource = 'things') => ({ resource, namespace: 'a', name });

it('an observer knows what the cache has: from the start, at every change, and in another history', async () => {
  const log = new TestLog();
  log.append({ key: key('first'), op: 'create' });
  log.append({ key: key('foreign', 'others'), op: 'create' });
  const cache = new WatchCache({
    source: log,
    clock: new VirtualClock(),
    selectableOf: () => ({ labels: NO_LABELS, fields: [], nodeName: undefined }),
    freeze: true,
    ring: { maxChanges: 5, maxBytes: 1_000_000 },
    watchBufferLimit: 4,
    parsedValues: 4,
    bookmarkPeriodMs: 60_000,
    catchUpTimeoutMs: 3_000,
    onTrouble: () => undefined,
  });
  const observed = () => {
    const names = new Map<string, number>();
    cache.observe('things', {
      put: ({ key: { name }, rev }, previous) => {
        assert.equal(previous?.rev, names.get(name), 'what was there before is what was told before');
        names.set(name, rev);
      },
      remove: ({ key: { name }, rev }) => {
        assert.equal(names.get(name), rev);
        names.delete(name);
      },
    });
    return () => Object.fromEntries(names);
  };
  const early = observed();
  await cache.start();
  const late = observed();
  assert.deepEqual([early(), late()], [{ first: 1 }, { first: 1 }]);

  log.append({ key: key('second'), op: 'create' });
  log.append({ key: key('first'), op: 'update' });
  log.append({ key: key('second'), op: 'delete' });
  log.append({ key: key('third'), op: 'create' });
  log.announce();
  await cache.confirm();
  assert.deepEqual(
    [early(), late()],
    [
      { first: 4, third: 6 },
      { first: 4, third: 6 },
    ],
  );

  log.records.splice(1);
  log.logId = 'restored';
  log.announce();
  await cache.confirm();
  assert.deepEqual([early(), late()], [{ first: 1 }, { first: 1 }], 'the other history has not had them');
  await cache.stop();
});
