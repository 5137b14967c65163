import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '@reckon/service';
import { change, commit, committed, creation, decoded } from '../testing/contract/harness.ts';
import { createDatabase } from '../testing/databases.ts';
import { storesOn } from '../testing/worlds.ts';
import type { ListCursor, Store } from '../types.ts';

async function listed(store: Store, rev: number, namespace: string): Promise<unknown[]> {
  const found: unknown[] = [];
  let after: ListCursor | undefined;
  do {
    const page = await store.listAt({ rev, resource: 'pods', namespace, after, limit: 3 });
    for (const object of page.objects) found.push([object.key, object.rev, object.uid, decoded(object)]);
    after = page.next;
  } while (after);
  return found;
}

test('a list of the past is the same read from the present state and read from the log', async (t) => {
  const { open } = storesOn(await createDatabase(), t);
  const [near, far] = [await open(), await open({ nearRevisions: -1 })];
  const random = new SeededRandom(7);
  const live = new Map<string, number>();
  for (let i = 0; i < 60; i++) {
    const n = Math.floor(random.next() * 12);
    const key = {
      resource: i % 9 === 0 ? 'nodes' : 'pods',
      namespace: n % 2 === 0 ? 'even' : 'odd',
      name: `p${n}`,
    };
    const id = `${key.resource}/${key.name}`;
    const rev = live.get(id);
    const remove = Math.floor(random.next() * 3) === 0;
    const write =
      rev === undefined
        ? creation({ key, uid: `uid-${i}`, value: i })
        : change(remove ? 'delete' : 'update', rev, { key, value: i });
    const done = await committed(commit(near, write));
    if (write.op === 'delete') live.delete(id);
    else live.set(id, done);
  }
  for (let rev = 1; rev <= 60; rev++)
    for (const namespace of ['', 'even', 'nowhere'])
      assert.deepEqual(
        await listed(near, rev, namespace),
        await listed(far, rev, namespace),
        `${namespace} at ${rev}`,
      );
});
