/** What the documents of the Kubernetes API promise who writes. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { kubectls } from '../testing/kubectl.ts';
import type { RawCall } from '../testing/raw-client.ts';
import {
  configMap,
  DEPLOYMENTS,
  deployment,
  JSON_BODY,
  MAPS,
  patchOf,
  read,
  SemanticsWorld,
} from '../testing/semantics-world.ts';

let here: SemanticsWorld;
before(async () => {
  here = await SemanticsWorld.start();
});
after(() => here.stop());

describe('writes', () => {
  test('dryRun=All says what would be and changes nothing, whatever the verb', async () => {
    await here.create(MAPS, configMap('dry'));
    const { metadata } = await here.get(MAPS);
    const body = JSON.stringify(configMap('dry', { key: 'other' }));
    const calls: readonly (readonly [string, RawCall])[] = [
      [MAPS, { method: 'POST', headers: JSON_BODY, body: body.replace('"dry"', '"wet"') }],
      [`${MAPS}/dry`, { method: 'PUT', headers: JSON_BODY, body }],
      [`${MAPS}/dry`, patchOf('merge-patch+json', '{"data":{"x":"y"}}')],
      [`${MAPS}/dry`, patchOf('json-patch+json', '[{"op":"remove","path":"/data"}]')],
      [`${MAPS}/dry`, patchOf('strategic-merge-patch+json', '{"data":null}')],
      [`${MAPS}/dry`, patchOf('apply-patch+yaml', body.replace('other', 'value'))],
      [`${MAPS}/dry`, { method: 'DELETE' }],
      [MAPS, { method: 'DELETE' }],
    ];
    for (const [path, call] of calls) {
      const answer = await here.client.call(`${path}?dryRun=All&fieldManager=dry`, call);
      assert.ok(answer.status < 300, `${call.method}: ${answer.text}`);
    }
    assert.equal((await here.get(MAPS)).metadata.resourceVersion, metadata.resourceVersion);
  });

  test('unknown fields are refused, told of or ignored, as one asks', async () => {
    const body = JSON.stringify({ ...configMap('fields'), nonsense: 1 });
    const post = { method: 'POST', headers: JSON_BODY, body };
    const strict = await here.client.call(`${MAPS}?fieldValidation=Strict`, post);
    assert.equal(strict.status, 400);
    assert.match(strict.text, /strict decoding error: unknown field \\"nonsense\\"/);
    const warned = await here.client.call(`${MAPS}?fieldValidation=Warn&dryRun=All`, post);
    assert.equal(warned.headers.warning, '299 - "unknown field \\"nonsense\\""');
    const ignored = await here.client.call(`${MAPS}?fieldValidation=Ignore&dryRun=All`, post);
    assert.deepEqual([ignored.status, ignored.headers.warning], [201, undefined]);
  });

  test('what a patch takes the last entry from goes with it, and is owned by who brings it back', async () => {
    await here.create(MAPS, configMap('emptied'));
    const path = `${MAPS}/emptied?fieldManager=who`;
    const patched = async (patch: object) =>
      JSON.parse((await here.client.call(path, patchOf('merge-patch+json', JSON.stringify(patch)))).text);
    assert.equal((await patched({ data: { key: null } })).data, undefined);
    const { managedFields } = (await patched({ data: { other: '1' } })).metadata;
    const own = managedFields.find(({ manager }: { manager: string }) => manager === 'who');
    assert.deepEqual(own.fieldsV1, { 'f:data': { '.': {}, 'f:other': {} } });
    assert.equal((await patched({ metadata: { labels: { app: null } } })).metadata.labels, undefined);
  });

  test('generation counts changes of the spec, not of labels or status', async () => {
    await here.create(DEPLOYMENTS, deployment('counted'));
    const path = `${DEPLOYMENTS}/counted`;
    const generation = async (at: string, patch: string) =>
      (await here.get(at, patchOf('merge-patch+json', patch))).metadata.generation;
    assert.equal(await generation(path, '{"metadata":{"labels":{"x":"y"}}}'), 1);
    assert.equal(await generation(`${path}/status`, '{"status":{"replicas":1}}'), 1);
    assert.equal(await generation(path, '{"spec":{"replicas":2}}'), 2);
  });

  test('an apply is refused where somebody else owns a field, and takes it by force', async () => {
    const apply = (manager: string, replicas: number | undefined, force = false) =>
      here.client.call(`${DEPLOYMENTS}/owned?fieldManager=${manager}${force ? '&force=true' : ''}`, {
        ...patchOf(
          'apply-patch+yaml',
          JSON.stringify(deployment('owned', replicas === undefined ? {} : { replicas })),
        ),
      });
    assert.equal((await apply('one', 1)).status, 201);
    const refused = await apply('two', 2);
    assert.equal(refused.status, 409);
    assert.match(
      read(refused).message ?? '',
      /^Apply failed with 1 conflict: conflict with "one": \.spec\.replicas$/,
    );
    assert.equal((await apply('two', 2, true)).status, 200);
    assert.equal((await apply('one', undefined)).status, 200, 'who does not mention it has no conflict');
  });

  test('what kubectl apply owned goes over to kubectl apply --server-side, so that it can be removed', async () => {
    for (const kubectl of kubectls(here.world.kubeconfig, here.world.directory)) {
      const apply = async (line: string, data: object) => {
        const result = await kubectl.run(`apply${line} -f -`, {
          input: JSON.stringify(configMap('moved', data)),
        });
        assert.equal(result.code, 0, `${kubectl.version}: ${result.err}`);
      };
      await apply('', { keep: '1', drop: '2' });
      await apply(' --server-side', { keep: '1', drop: '2' });
      await apply(' --server-side', { keep: '1' });
      const { data, metadata } = await here.get(`${MAPS}/moved`);
      assert.deepEqual(data, { keep: '1' }, kubectl.version);
      const managers = metadata.managedFields?.map(({ manager, operation }) => `${manager} ${operation}`);
      assert.ok(managers?.includes('kubectl Apply'), String(managers));
      await here.client.call(`${MAPS}/moved`, { method: 'DELETE' });
    }
  });

  test('the data of a ControllerRevision comes back as it was written, to the byte', async () => {
    const revisions = '/apis/apps/v1/namespaces/default/controllerrevisions';
    // As Go's encoder escapes it.
    const data = '{"z":{"b":[1,null],"a":"x \\u0026 y \\u003c z"},"$patch":"replace","a":{}}';
    const body = `{"apiVersion":"apps/v1","kind":"ControllerRevision","metadata":{"name":"bytes"},"data":${data},"revision":1}`;
    const made = await here.client.call(revisions, { method: 'POST', headers: JSON_BODY, body });
    assert.equal(made.status, 201, made.text);
    for (const path of [`${revisions}/bytes`, revisions]) {
      const { text } = await here.client.call(path);
      assert.ok(text.includes(`"data":${data}`), text);
    }
    const patched = await here.client.call(
      `${revisions}/bytes`,
      patchOf('merge-patch+json', '{"revision":2}'),
    );
    assert.ok(patched.text.includes(`"data":${data}`), patched.text);
  });
});
