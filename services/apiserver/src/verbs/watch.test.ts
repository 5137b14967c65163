import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { raiseFloor } from '@reckon/store/testing/databases.ts';
import { configMapOf, namespaceOf, podOf } from './testing/objects.ts';
import { refused } from './testing/refused.ts';
import { TestVerbs } from './testing/test-verbs.ts';

let api: TestVerbs;
before(async () => {
  api = await TestVerbs.start({ limits: { ringChanges: 20, watchBuffer: 5 } });
});
after(() => api.stop());

async function freshNamespace(name: string): Promise<number> {
  await api.create('namespaces', namespaceOf(name));
  return api.running.env.cache.head;
}

describe('watch', () => {
  it('tells what becomes of objects, the last word being the object as it was, at the revision of its end', async () => {
    const rev = await freshNamespace('told');
    const watch = await api.watch('configmaps told', { resourceVersion: String(rev) });
    await api.create('configmaps told', configMapOf('x', { k: '1' }));
    await api.update('configmaps told/x', configMapOf('x', { k: '2' }));
    await api.delete('configmaps told/x');
    const events = await watch.take(3);
    assert.deepEqual(
      events.map((event) => event.type),
      ['ADDED', 'MODIFIED', 'DELETED'],
    );
    const last = events[2]?.object?.value;
    assert.deepEqual(last?.data, { k: '2' });
    assert.deepEqual(
      events.map((event) => event.object?.value.metadata.resourceVersion),
      [rev + 1, rev + 2, rev + 3].map(String),
    );
    watch.stop();
  });

  it('without a revision begins with what is there', async () => {
    await freshNamespace('there');
    await api.create('configmaps there', configMapOf('b'));
    for (const options of [{}, { resourceVersion: '0' }]) {
      const watch = await api.watch('configmaps there', options);
      assert.deepEqual(await watch.lines(2), ['ADDED there/b', 'ADDED there/kube-root-ca.crt']);
      watch.stop();
    }
  });

  it('marks the end of the initial objects if asked to', async () => {
    const rev = await freshNamespace('marked');
    const watch = await api.watch('configmaps marked', {
      sendInitialEvents: true,
      match: 'NotOlderThan',
      resourceVersion: String(rev),
      allowBookmarks: true,
    });
    const [added, end] = await watch.take(2);
    assert.equal(added?.type, 'ADDED');
    assert.deepEqual(end, { type: 'BOOKMARK', rev: api.running.env.cache.head, initialEventsEnd: true });
    await api.create('configmaps marked', configMapOf('next'));
    assert.deepEqual(await watch.lines(1), ['ADDED marked/next']);
    watch.stop();
  });

  it('through a selector sees objects come and go as they begin and cease to match', async () => {
    const rev = await freshNamespace('lens');
    const watch = await api.watch('configmaps lens', {
      resourceVersion: String(rev),
      labelSelector: 'on=yes',
    });
    await api.create('configmaps lens', configMapOf('x'));
    await api.patch('configmaps lens/x', 'merge', { metadata: { labels: { on: 'yes' } } });
    await api.patch('configmaps lens/x', 'merge', { data: { k: 'v' } });
    await api.patch('configmaps lens/x', 'merge', { metadata: { labels: { on: 'no' } } });
    await api.delete('configmaps lens/x');
    const events = await watch.take(3);
    assert.deepEqual(
      events.map((event) => event.type),
      ['ADDED', 'MODIFIED', 'DELETED'],
    );
    assert.equal(events[2]?.object?.value.metadata.labels?.on, 'yes', 'it is shown as it last matched');
    assert.equal(events[2]?.object?.value.metadata.resourceVersion, String(events[2]?.rev));
    watch.stop();
  });

  it('follows the pods of one node', async () => {
    const rev = await freshNamespace('node');
    const watch = await api.watch('pods', {
      resourceVersion: String(rev),
      fieldSelector: 'spec.nodeName=n7',
    });
    await api.create('pods node', podOf('mine'));
    await api.create('pods node', podOf('theirs'));
    const bind = (name: string, node: string) =>
      api.create(`pods/binding node/${name}`, {
        apiVersion: 'v1',
        kind: 'Binding',
        metadata: { name },
        target: { kind: 'Node', name: node },
      });
    await bind('theirs', 'n8');
    await bind('mine', 'n7');
    assert.deepEqual(await watch.lines(1), ['ADDED node/mine']);
    watch.stop();
  });

  it('from a revision that memory no longer has is served from the log, and loses nothing to a slow reader', async () => {
    const rev = await freshNamespace('old');
    const expected: string[] = [];
    const write = async (i: number) => {
      await api.create(
        'configmaps old',
        configMapOf(`m${i}`, {}, { labels: { third: String(i % 3 === 0) } }),
      );
      if (i % 3 === 0) expected.push(`ADDED old/m${i}`);
    };
    for (let i = 0; i < 40; i++) await write(i);
    const watch = await api.watch('configmaps old', {
      resourceVersion: String(rev),
      labelSelector: 'third=true',
    });
    assert.deepEqual(await watch.lines(2), expected.slice(0, 2));
    for (let i = 40; i < 100; i++) await write(i);
    assert.deepEqual(await watch.lines(expected.length - 2), expected.slice(2));
    await write(102);
    assert.deepEqual(await watch.lines(1), ['ADDED old/m102']);
    watch.stop();
  });

  it('is Expired only where retention has taken the log, and says from where on it is kept', async () => {
    const own = await TestVerbs.start({ limits: { ringChanges: 2 } });
    try {
      const { metadata } = await own.create('namespaces', namespaceOf('kept'));
      const first = Number(metadata.resourceVersion);
      for (let i = 0; i < 10; i++) await own.create('configmaps kept', configMapOf(`m${i}`));
      await raiseFloor(own.database, first);
      const kept = await own.watch('configmaps kept', {
        resourceVersion: String(first),
        labelSelector: '!x',
      });
      const lines = await kept.lines(10);
      assert.ok(lines.every((line) => line.startsWith('ADDED kept/')));
      kept.stop();
      const gone = await own.watch('configmaps kept', { resourceVersion: String(first - 1) });
      await refused(gone.take(1), 'Expired', new RegExp(`kept after revision ${first} only`));
    } finally {
      await own.stop();
    }
  });

  it('from a revision that does not exist is Expired, so that a client of another history lists again', async () => {
    const head = api.running.env.cache.head;
    await refused(
      api.watch('pods', { resourceVersion: String(head + 50) }),
      'Expired',
      /too large resource version/,
    );
  });

  it('ends quietly when its reader goes away', async () => {
    const stop = new AbortController();
    const stream = await api.verbs.watch(api.context(stop.signal), api.target('pods default'), {});
    const events = stream[Symbol.asyncIterator]();
    const pending = events.next();
    stop.abort();
    assert.equal((await pending).done, true);
    assert.equal((await events.next()).done, true);
  });

  it('refuses options that do not go together', async () => {
    await refused(
      api.watch('pods', { sendInitialEvents: true }),
      'Invalid',
      /sendInitialEvents requires setting resourceVersionMatch to NotOlderThan/,
    );
    await refused(
      api.watch('pods', { match: 'NotOlderThan', resourceVersion: '1' }),
      'Invalid',
      /forbidden for watch unless sendInitialEvents is provided/,
    );
  });
});
