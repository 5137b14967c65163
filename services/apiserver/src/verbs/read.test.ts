import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { configMapOf, namespaceOf, podOf } from './testing/objects.ts';
import { refused } from './testing/refused.ts';
import { TestVerbs } from './testing/test-verbs.ts';

let api: TestVerbs;
before(async () => {
  api = await TestVerbs.start({ limits: { listSnapshots: 1, reachTimeoutMs: 200 } });
  for (const name of ['a', 'a-b', 'b']) await api.create('namespaces', namespaceOf(name));
});
after(() => api.stop());

async function fill(namespace: string, count: number): Promise<void> {
  for (let i = 0; i < count; i++)
    await api.create(
      `configmaps ${namespace}`,
      configMapOf(`m${i}`, {}, { labels: { parity: i % 2 ? 'odd' : 'even' } }),
    );
}

describe('get', () => {
  it('answers with what was just written, in the one encoding', async () => {
    const made = await api.create('configmaps a', configMapOf('one', { k: 'v' }));
    const got = await api.verbs.get(api.context(), api.target('configmaps a/one'), {});
    assert.deepEqual(got.value, made);
    assert.deepEqual(JSON.parse(Buffer.from(got.json).toString()), made);
    const again = await api.verbs.get(api.context(), api.target('configmaps a/one'), {
      resourceVersion: '0',
    });
    assert.equal(again.json, got.json, 'encoded once, shared by all who read it');
  });

  it('answers as it was at a revision', async () => {
    const made = await api.create('configmaps a', configMapOf('was', { k: '1' }));
    const rev = made.metadata.resourceVersion ?? '';
    await api.update('configmaps a/was', configMapOf('was', { k: '2' }));
    const then = await api.verbs.get(api.context(), api.target('configmaps a/was'), {
      resourceVersion: rev,
      match: 'Exact',
    });
    assert.deepEqual(then.value, made);
    await api.delete('configmaps a/was');
    const still = await api.verbs.get(api.context(), api.target('configmaps a/was'), {
      resourceVersion: rev,
      match: 'Exact',
    });
    assert.deepEqual(still.value, made);
  });

  it('of a revision that is not there yet waits for it, and gives up with Timeout', async () => {
    const head = api.running.env.cache.head;
    const waiting = api.get('namespaces default', String(head + 1));
    await api.create('configmaps a', configMapOf('awaited'));
    await waiting;
    await refused(
      api.get('namespaces default', String(head + 1000)),
      'Timeout',
      `Timeout: Too large resource version: ${head + 1000}, current: ${head + 1}`,
    );
  });

  it('refuses what means nothing', async () => {
    await refused(api.get('configmaps a/none'), 'NotFound', 'configmaps "none" not found');
    await refused(api.get('configmaps a/one', 'abc'), 'BadRequest', /^invalid resource version: .*"abc"/);
  });
});

describe('list', () => {
  it('is in the order of namespace, then name, whatever characters they have', async () => {
    await api.create('configmaps a-b', configMapOf('order'));
    await api.create('configmaps a', configMapOf('order'));
    await api.create('configmaps b', configMapOf('order'));
    const { items } = await api.list('configmaps', { fieldSelector: 'metadata.name=order' });
    assert.deepEqual(
      items.map((item) => item.key.namespace),
      ['a', 'a-b', 'b'],
    );
  });

  it('selects by labels and fields, within a namespace or over all', async () => {
    await api.create('namespaces', namespaceOf('selected'));
    await fill('selected', 40);
    const even = await api.names('configmaps selected', {
      labelSelector: 'parity=even',
      fieldSelector: 'metadata.name!=m2',
    });
    assert.equal(even.length, 19);
    assert.deepEqual(
      await api.names('configmaps', {
        labelSelector: 'parity in (odd),parity!=even',
        fieldSelector: 'metadata.namespace=selected,metadata.name=m3',
      }),
      ['m3'],
    );
    assert.deepEqual(await api.names('configmaps selected', { labelSelector: '!parity' }), [
      'kube-root-ca.crt',
    ]);
    await refused(api.list('configmaps selected', { labelSelector: 'a=b=c' }), 'BadRequest');
    await refused(
      api.list('pods', { fieldSelector: 'spec.image=x' }),
      'BadRequest',
      'field label not supported: spec.image',
    );
  });

  it('shows one revision over all its pages, from memory or from the log, whatever is written meanwhile', async () => {
    await api.create('namespaces', namespaceOf('paged'));
    await fill('paged', 10);
    const whole = await api.list('configmaps paged');
    for (const forget of [false, true]) {
      const seen: string[] = [];
      let token: string | undefined;
      let pages = 0;
      do {
        const page = await api.list('configmaps paged', { limit: 4, ...(token && { continue: token }) });
        seen.push(...page.items.map((item) => `${item.key.name} ${item.rev}`));
        if (pages === 0) assert.equal(page.remainingItemCount, 7);
        assert.equal(page.rev >= whole.rev, true);
        token = page.continue;
        pages++;
        await api.update('configmaps paged/m9', configMapOf('m9', { at: `${forget} ${pages}` }));
        // Another paged list takes the place of the one snapshot that is kept here.
        if (forget) await api.list('namespaces', { limit: 1 });
      } while (token);
      assert.equal(pages, 3);
      assert.equal(seen.length, 11);
      assert.deepEqual(
        seen.slice(0, 10),
        whole.items.slice(0, 10).map((item) => `${item.key.name} ${item.rev}`),
      );
    }
  });

  it('at an exact revision shows what was there then', async () => {
    await api.create('namespaces', namespaceOf('past'));
    await fill('past', 4);
    const then = await api.list('configmaps past', { labelSelector: 'parity=odd' });
    await api.delete('configmaps past/m1');
    const exact = await api.list('configmaps past', {
      labelSelector: 'parity=odd',
      resourceVersion: String(then.rev),
      match: 'Exact',
    });
    assert.equal(exact.rev, then.rev);
    assert.deepEqual(
      exact.items.map((item) => item.value),
      then.items.map((item) => item.value),
    );
  });

  it('is refused a token that is too old, or that is none', async () => {
    const { continue: token } = await api.list('namespaces', { limit: 1 });
    assert.ok(token);
    await refused(
      api.list('namespaces', { continue: 'x' }),
      'BadRequest',
      /^invalid continue token: continue key is not valid/,
    );
    await refused(
      api.list('namespaces', { continue: token, resourceVersion: '5' }),
      'BadRequest',
      'specifying resource version is not allowed when using continue',
    );
    const { rev, items } = await api.list('namespaces', { limit: 1 });
    api.clock.shift(6 * 60_000);
    await refused(
      api.list('namespaces', { continue: token }),
      'Expired',
      /^The provided continue parameter is too old/,
    );
    const exact = await api.list('namespaces', { limit: 1, resourceVersion: String(rev), match: 'Exact' });
    assert.deepEqual(exact.items, items, 'the revision itself can still be read');
  });

  it('refuses versions that contradict each other', async () => {
    await refused(
      api.list('pods', { match: 'Exact' }),
      'Invalid',
      /resourceVersionMatch is forbidden unless resourceVersion is provided/,
    );
    await refused(
      api.list('pods', { match: 'Exact', resourceVersion: '0' }),
      'Invalid',
      /forbidden for resourceVersion "0"/,
    );
  });

  it('finds the pods of a node by field, and forgets nothing when they move', async () => {
    await api.create('namespaces', namespaceOf('nodes'));
    for (const node of ['n1', 'n2']) await api.create('pods nodes', podOf(`on-${node}`, { nodeName: node }));
    assert.deepEqual(await api.names('pods', { fieldSelector: 'spec.nodeName=n1' }), ['on-n1']);
  });
});

describe('two API servers over one database', () => {
  it('read what the other has written, and refuse nothing on the word of an old cache', async () => {
    const other = await TestVerbs.start({ database: api.database, seed: 2 });
    try {
      for (let i = 0; i < 20; i++) {
        const made = await other.create('configmaps a', configMapOf(`shared-${i}`, { n: '0' }));
        assert.deepEqual(await api.get(`configmaps a/shared-${i}`), made);
        const changed = await api.update(`configmaps a/shared-${i}`, { ...made, data: { n: '1' } });
        assert.deepEqual(
          await other
            .update(`configmaps a/shared-${i}`, { ...changed, data: { n: '2' } })
            .then((o) => o.data),
          { n: '2' },
        );
        await api.delete(`configmaps a/shared-${i}`);
        await other.create('configmaps a', configMapOf(`shared-${i}`));
      }
    } finally {
      await other.stop();
    }
  });
});
