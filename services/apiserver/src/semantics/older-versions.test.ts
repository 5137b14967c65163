/** Versions of built-in kinds that kubectl 1.20 and clients of its age still ask for. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createProtobufCodec, loadSchema } from '@reckon/api';
import { kubectls } from '../testing/kubectl.ts';
import { JSON_BODY, names, PROTOBUF, patchOf, read, SemanticsWorld } from '../testing/semantics-world.ts';

let here: SemanticsWorld;
before(async () => {
  here = await SemanticsWorld.start();
});
after(() => here.stop());

const OLD = '/apis/batch/v1beta1/namespaces/default/cronjobs';
const NEW = '/apis/batch/v1/namespaces/default/cronjobs';

const RUN = '{"status":{"lastScheduleTime":"2026-01-01T00:00:00Z"}}';

function cronJob(name: string): object {
  const template = { spec: { containers: [{ name: 'c', image: 'i:1' }], restartPolicy: 'Never' } };
  const spec = { schedule: '*/5 * * * *', jobTemplate: { spec: { template } } };
  return { apiVersion: 'batch/v1beta1', kind: 'CronJob', metadata: { name }, spec };
}

describe('an older version of a kind', () => {
  test('is the same objects, read, written, listed and watched as either', async () => {
    await here.create(OLD, cronJob('old'));
    const [before, now] = [await here.get(`${OLD}/old`), await here.get(`${NEW}/old`)];
    const { apiVersion: was, ...older } = { apiVersion: '', ...before };
    const { apiVersion: is, ...newer } = { apiVersion: '', ...now };
    assert.deepEqual([was, is], ['batch/v1beta1', 'batch/v1']);
    assert.deepEqual(older, newer);
    const patched = await here.client.call(
      `${OLD}/old`,
      patchOf('strategic-merge-patch+json', '{"spec":{"suspend":true}}'),
    );
    assert.equal(patched.status, 200, patched.text);
    const listed = JSON.parse((await here.client.call(OLD)).text);
    assert.deepEqual([listed.apiVersion, listed.kind], ['batch/v1beta1', 'CronJobList']);
    assert.deepEqual(
      listed.items.map((item: { apiVersion: string; spec: { suspend: boolean } }) => [
        item.apiVersion,
        item.spec.suspend,
      ]),
      [['batch/v1beta1', true]],
    );
    const watched = await here.client.call(`${OLD}?watch=1&timeoutSeconds=1`);
    const [first] = watched.text.split('\n').map((line) => (line === '' ? undefined : JSON.parse(line)));
    assert.deepEqual([first.type, first.object.apiVersion], ['ADDED', 'batch/v1beta1']);
  });

  test('can be applied from the server, and its status is a subresource', async () => {
    const body = JSON.stringify(cronJob('applied'));
    const answer = await here.client.call(
      `${OLD}/applied?fieldManager=me`,
      patchOf('apply-patch+yaml', body),
    );
    assert.equal(answer.status, 201, answer.text);
    const status = await here.client.call(
      `${OLD}/applied/status`,
      patchOf('merge-patch+json', '{"status":{"lastScheduleTime":"2026-01-01T00:00:00Z"}}'),
    );
    assert.equal(status.status, 200, status.text);
    assert.equal(JSON.parse(status.text).apiVersion, 'batch/v1beta1');
  });

  test('is the version under which its writer owns the fields', async () => {
    const owners = async (path: string) =>
      ((await here.get(path)).metadata.managedFields ?? []).map(
        ({ manager, operation, apiVersion }) => `${operation} ${manager} ${apiVersion}`,
      );
    const apply = (path: string, apiVersion: string) =>
      here.client.call(
        `${path}/owned?fieldManager=me`,
        patchOf('apply-patch+yaml', JSON.stringify({ ...cronJob('owned'), apiVersion })),
      );
    await apply(OLD, 'batch/v1beta1');
    assert.deepEqual(await owners(`${NEW}/owned`), ['Apply me batch/v1beta1']);
    const patch = patchOf('merge-patch+json', '{"spec":{"suspend":true}}');
    await here.client.call(`${OLD}/owned?fieldManager=other`, patch);
    await here.client.call(`${OLD}/owned/status?fieldManager=runner`, patchOf('merge-patch+json', RUN));
    const others = ['Update other batch/v1beta1', 'Update runner batch/v1beta1'];
    assert.deepEqual(await owners(`${OLD}/owned`), ['Apply me batch/v1beta1', ...others]);
    await apply(NEW, 'batch/v1');
    assert.deepEqual(await owners(`${OLD}/owned`), ['Apply me batch/v1', ...others]);
    await here.create(`${OLD}?fieldManager=maker`, cronJob('made'));
    assert.deepEqual(await owners(`${NEW}/made`), ['Update maker batch/v1beta1']);
  });

  test('with other names for its fields is recorded as what is kept', async () => {
    const path = '/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers/owned';
    const spec = { scaleTargetRef: { kind: 'Deployment', name: 'x' }, maxReplicas: 3 };
    const body = {
      apiVersion: 'autoscaling/v1',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'owned' },
      spec,
    };
    await here.client.call(`${path}?fieldManager=me`, patchOf('apply-patch+yaml', JSON.stringify(body)));
    const { metadata } = await here.get(path);
    assert.deepEqual(
      metadata.managedFields?.map(({ apiVersion }) => apiVersion),
      ['autoscaling/v2'],
    );
  });

  test('has the protobuf form, with the numbers of the version that is kept', async () => {
    const codec = createProtobufCodec(loadSchema());
    const sent = await here.client.call(OLD, {
      method: 'POST',
      headers: { 'content-type': PROTOBUF, accept: PROTOBUF },
      body: codec.encode({ ...cronJob('packed') }),
    });
    assert.equal(sent.status, 201, sent.text);
    const { apiVersion, kind, spec } = codec.decode(sent.bytes);
    assert.deepEqual([apiVersion, kind], ['batch/v1beta1', 'CronJob']);
    assert.equal((spec as { schedule: string }).schedule, '*/5 * * * *');
  });

  test('of an eviction is understood in protobuf, as Go clients before 1.22 send it', async () => {
    const codec = createProtobufCodec(loadSchema());
    const pods = '/api/v1/namespaces/default/pods';
    const spec = { containers: [{ name: 'c', image: 'i:1' }] };
    await here.create(pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'leaves' }, spec });
    const metadata = { name: 'leaves', namespace: 'default' };
    const sent = await here.client.call(`${pods}/leaves/eviction`, {
      method: 'POST',
      headers: { 'content-type': PROTOBUF, accept: PROTOBUF },
      body: codec.encode({ apiVersion: 'policy/v1beta1', kind: 'Eviction', metadata }),
    });
    assert.equal(sent.status, 201, sent.text);
    assert.equal((await here.client.call(`${pods}/leaves`)).status, 404);
  });

  test('is refused as a version that does not fit the path', async () => {
    const answer = await here.client.call(NEW, {
      method: 'POST',
      headers: JSON_BODY,
      body: JSON.stringify(cronJob('wrong')),
    });
    assert.equal(answer.status, 400);
    assert.match(read(answer).message ?? '', /batch\/v1beta1.*does not match.*batch\/v1/);
  });

  test('is never preferred by discovery, old or aggregated', async () => {
    const { groups } = JSON.parse((await here.client.call('/apis')).text) as {
      readonly groups: readonly {
        readonly name: string;
        readonly versions: readonly { readonly version: string }[];
        readonly preferredVersion: { readonly version: string };
      }[];
    };
    for (const { name, preferredVersion } of groups) assert.match(preferredVersion.version, /^v\d+$/, name);
    const versions = groups.find(({ name }) => name === 'autoscaling')?.versions.map((one) => one.version);
    assert.deepEqual(versions, ['v2', 'v1', 'v2beta2']);
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
    const all = JSON.parse((await here.client.call('/apis', { headers: { accept } })).text);
    for (const { metadata, versions: found } of all.items)
      assert.match(found[0].version, /^v\d+$/, metadata.name);
  });

  test('of a Table has the columns of its kind', async () => {
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
    const { rows } = await here.get(OLD, { headers: { accept } });
    assert.equal(rows?.length, names(await here.get(NEW)).length);
  });

  test('of a review is answered in that version', async () => {
    const ask = (path: string, kind: string, apiVersion: string, spec: object) =>
      here.client.call(path, {
        method: 'POST',
        headers: JSON_BODY,
        body: JSON.stringify({ apiVersion, kind, spec }),
      });
    const whoami = await ask(
      '/apis/authentication.k8s.io/v1beta1/selfsubjectreviews',
      'SelfSubjectReview',
      'authentication.k8s.io/v1beta1',
      {},
    );
    assert.equal(whoami.status, 201, whoami.text);
    assert.equal(JSON.parse(whoami.text).apiVersion, 'authentication.k8s.io/v1beta1');
    const may = await ask(
      '/apis/authorization.k8s.io/v1beta1/subjectaccessreviews',
      'SubjectAccessReview',
      'authorization.k8s.io/v1beta1',
      {
        user: 'x',
        group: ['system:masters'],
        resourceAttributes: { verb: 'get', resource: 'pods', namespace: 'default' },
      },
    );
    assert.deepEqual(JSON.parse(may.text).status.allowed, true, may.text);
  });

  test('is found by kubectl under its full name', async (context) => {
    const [kubectl] = kubectls(here.world.kubeconfig, here.world.directory);
    if (!kubectl) return context.skip('there is no kubectl');
    const { out, err } = await kubectl.run('get cronjobs.v1beta1.batch -o name');
    assert.match(out, /cronjob.batch\/old/, err);
    const explained = await kubectl.run('explain cronjob.spec --api-version=batch/v1beta1');
    assert.match(explained.out, /VERSION: +v1beta1/, explained.err);
    const listed = await kubectl.run('api-resources --api-group=policy');
    assert.match(listed.out, /poddisruptionbudgets +pdb +policy\/v1 /, listed.err);
  });
});
