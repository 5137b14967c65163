import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '@reckon/api/errors/api-error.ts';
import { CONFIG_MAPS } from '@reckon/client/resources.ts';
import type { Stored, WatchEvent } from '@reckon/client/types.ts';
import type { ConfigMap } from '@reckon/proto/reckon/api/core/v1/config_map.ts';
import { VirtualClock } from '@reckon/service/virtual-clock.ts';
import type { WatchOptions } from './types.ts';
import { resumingWatch, type WatchedApi } from './watch.ts';

type Event = WatchEvent<ConfigMap>;

const outage = () => new ApiError('ServiceUnavailable', 'the API server ended the watch');

function configMap(name: string, revision: number): Stored<ConfigMap> {
  const metadata = { name, uid: name, resourceVersion: String(revision), creationTimestamp: '' };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata };
}

const added = (name: string, revision: number): Event => ({
  type: 'ADDED',
  object: configMap(name, revision),
  revision,
});
const bookmark = (revision: number): Event => ({ type: 'BOOKMARK', revision, initialEventsEnd: false });

/** An API server that gives these events and then this error, a connection after the other. */
class Scripted {
  readonly asked: (number | undefined)[] = [];
  logIds: string[] = [];
  readonly #connections: (readonly [readonly Event[], ApiError])[];

  constructor(connections: readonly (readonly [readonly Event[], ApiError])[]) {
    this.#connections = [...connections];
  }

  /** Only what a watch calls is there. */
  get api(): WatchedApi {
    const list = async () => ({ items: [configMap('a', 3)], revision: 5, logId: 'log' });
    const resolveRevision = async () => ({
      ...{ revision: 9, at: '', oldest: 1, head: 9 },
      logId: this.logIds.shift() ?? 'log',
    });
    const { asked } = this;
    const connections = this.#connections;
    const watch = async function* (_: unknown, { after }: WatchOptions) {
      asked.push(after);
      const [events, error] = connections.shift() ?? [[], new ApiError('Forbidden', 'the script is over')];
      if (events.length > 0) yield events;
      throw error;
    };
    return { list, resolveRevision, watch } as unknown as WatchedApi;
  }
}

async function follow(script: Scripted, options: WatchOptions = {}) {
  const clock = new VirtualClock();
  const seen: string[] = [];
  let end: unknown;
  const done = (async () => {
    try {
      for await (const event of resumingWatch({ api: script.api, clock }, CONFIG_MAPS, options))
        seen.push(event.type === 'BOOKMARK' ? `to ${event.revision}` : `${event.object.metadata.name}`);
    } catch (error) {
      end = error;
    }
  })();
  return { clock, seen, done, end: () => end };
}

test('a watch that was cut off goes on after the last event or bookmark that was given', async () => {
  const interrupted: string[] = [];
  const script = new Scripted([
    [[added('b', 7)], outage()],
    [[], outage()],
    [[bookmark(12)], outage()],
    [[added('c', 13)], new ApiError('Forbidden', 'not any more')],
  ]);
  const { clock, seen, done, end } = await follow(script, {
    onInterrupted: (error) => interrupted.push(error.message),
  });
  await clock.advance(60_000);
  await done;
  assert.deepEqual(script.asked, [5, 7, 7, 12]);
  assert.deepEqual(seen, ['a', 'to 5', 'b', 'to 12', 'c']);
  assert.equal(interrupted.length, 3);
  assert.match(String(end()), /not any more/);
});

test('a cluster that was restored while nobody was connected is another: its revisions say nothing here', async () => {
  const script = new Scripted([
    [[added('b', 7)], outage()],
    [[added('wrong', 8)], outage()],
  ]);
  script.logIds = ['another log'];
  const { clock, seen, done, end } = await follow(script);
  await clock.advance(60_000);
  await done;
  assert.deepEqual(seen, ['a', 'to 5', 'b']);
  const error = end();
  assert.ok(error instanceof ApiError);
  assert.equal(error.reason, 'Gone');
  assert.match(error.message, /revision 7 is of log log, but the cluster's log is another log: list again/);
});

test('a watch that nobody can serve ends at its deadline with Timeout, or quietly when it is aborted', async () => {
  const dead = () => new Scripted(Array.from({ length: 1_000 }, () => [[], outage()] as const));
  const late = await follow(dead(), { after: 5, timeoutMs: 20_000 });
  await late.clock.advance(20_000);
  await late.done;
  const error = late.end();
  assert.ok(error instanceof ApiError);
  assert.equal(error.reason, 'Timeout');
  const abort = new AbortController();
  const quiet = await follow(dead(), { after: 5, signal: abort.signal });
  await quiet.clock.advance(1_000);
  abort.abort();
  await quiet.done;
  assert.equal(quiet.end(), undefined);
});
