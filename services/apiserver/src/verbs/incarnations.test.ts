import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { configMapOf, namespaceOf } from './testing/objects.ts';
import { refused } from './testing/refused.ts';
import { TestVerbs } from './testing/test-verbs.ts';

let api: TestVerbs;
before(async () => {
  api = await TestVerbs.start();
});
after(() => api.stop());

/** Deletes the namespace and whatever is in it, as the namespace controller does. */
async function removeNamespace(name: string): Promise<void> {
  await api.delete(`namespaces ${name}`);
  for (const { key } of (await api.list(`configmaps ${name}`)).items)
    await api.delete(`configmaps ${name}/${key.name}`);
  const terminating = await api.get(`namespaces ${name}`);
  await api.update(`namespaces/finalize ${name}`, { ...terminating, spec: { finalizers: [] } });
}

test('the past of a namespace that was made anew shows nothing of the former one, unless one may see it', async () => {
  await api.create('namespaces', namespaceOf('shop'));
  await api.create('namespaces', namespaceOf('other'));
  const made = await api.create('configmaps shop', configMapOf('prices', { apple: '1' }));
  await api.create('configmaps other', configMapOf('prices', { apple: '3' }));
  const exact = { resourceVersion: String(api.running.env.cache.head), match: 'Exact' } as const;
  const names = async (where: string, more: object = {}) =>
    (await api.list(where, { ...exact, fieldSelector: 'metadata.name=prices', ...more })).items.map(
      ({ key }) => key.namespace,
    );
  assert.deepEqual(await names('configmaps'), ['other', 'shop']);

  await removeNamespace('shop');
  assert.deepEqual(await names('configmaps'), ['other'], 'the namespace is gone');
  await api.create('namespaces', namespaceOf('shop'));
  assert.deepEqual(await names('configmaps'), ['other'], 'the namespace is another one');
  assert.deepEqual(await names('configmaps shop'), []);
  assert.deepEqual(await names('configmaps', { formerNamespaces: true }), ['other', 'shop']);

  const get = (formerNamespaces: boolean) =>
    api.verbs.get(api.context(), api.target('configmaps shop/prices'), { ...exact, formerNamespaces });
  await refused(
    get(false),
    'NotFound',
    /"prices" not found: the namespace shop of revision \d+ is not the present one/,
  );
  assert.deepEqual((await get(true)).value, made);
  await api.update('namespaces other', {
    ...(await api.get('namespaces other')),
    metadata: { name: 'other', labels: { a: 'b' } },
  });
  assert.deepEqual(await names('configmaps'), ['other'], 'a namespace that was changed is the same one');
});
