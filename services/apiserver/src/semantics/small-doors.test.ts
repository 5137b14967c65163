/** Parts of the API that few ask for, and those few depend on. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { kubectls } from '../testing/kubectl.ts';
import { DEPLOYMENTS, deployment, patchOf, read, SemanticsWorld } from '../testing/semantics-world.ts';

let here: SemanticsWorld;
before(async () => {
  here = await SemanticsWorld.start();
});
after(() => here.stop());

describe('componentstatuses', () => {
  const COMPONENTS = '/api/v1/componentstatuses';
  interface Component {
    readonly metadata: { readonly name: string };
    readonly conditions: readonly { readonly status: string; readonly error?: string }[];
  }

  test('say of each part whether it works', async () => {
    const answer = await here.client.call(COMPONENTS);
    assert.equal(answer.status, 200, answer.text);
    assert.match(String(answer.headers.warning), /v1 ComponentStatus is deprecated in v1\.19\+/);
    const { kind, items } = JSON.parse(answer.text) as { kind: string; items: readonly Component[] };
    assert.equal(kind, 'ComponentStatusList');
    const found = Object.fromEntries(
      items.map(({ metadata, conditions }) => [metadata.name, conditions[0]?.status]),
    );
    // Here nobody schedules, and nobody listens where NATS should be.
    assert.deepEqual(found, {
      'controller-manager': 'False',
      nats: 'False',
      postgres: 'True',
      scheduler: 'False',
    });
    const [one] = JSON.parse(
      (await here.client.call(`${COMPONENTS}?fieldSelector=metadata.name=scheduler`)).text,
    ).items as readonly Component[];
    assert.equal(one?.conditions[0]?.error, 'nobody leads');
  });

  test('follow the lease of who leads', async () => {
    const spec = (renewTime: string) => ({ holderIdentity: 'me', leaseDurationSeconds: 15, renewTime });
    const lease = (renewTime: string) => ({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'kube-scheduler', namespace: 'kube-system' },
      spec: spec(renewTime),
    });
    const path = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases';
    await here.create(path, lease('2999-01-01T00:00:00.000000Z'));
    const is = async () => {
      const { conditions } = JSON.parse(
        (await here.client.call(`${COMPONENTS}/scheduler`)).text,
      ) as Component;
      return conditions[0];
    };
    assert.deepEqual(await is(), { type: 'Healthy', status: 'True', message: 'ok' });
    const late = patchOf('merge-patch+json', JSON.stringify({ spec: spec('2020-01-01T00:00:00.000000Z') }));
    await here.client.call(`${path}/kube-scheduler`, late);
    assert.equal((await is())?.status, 'False');
  });

  test('cannot be written or watched, and one that is not there is not found', async () => {
    assert.equal((await here.client.call(`${COMPONENTS}/nobody`)).status, 404);
    assert.equal((await here.client.call(`${COMPONENTS}?watch=1`)).status, 405);
    const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' };
    assert.equal((await here.client.call(COMPONENTS, post)).status, 405);
    const body = JSON.stringify({ apiVersion: 'v1', kind: 'ComponentStatus', metadata: { name: 'x' } });
    const apply = patchOf('apply-patch+yaml', body);
    assert.equal((await here.client.call(`${COMPONENTS}/x?fieldManager=me`, apply)).status, 405);
    assert.equal((await here.client.call(`${COMPONENTS}/postgres`, { method: 'DELETE' })).status, 405);
  });

  test('kubectl get cs shows them', async (context) => {
    const [kubectl] = kubectls(here.world.kubeconfig, here.world.directory);
    if (!kubectl) return context.skip('there is no kubectl');
    const { out, err } = await kubectl.run('get cs');
    assert.match(out, /NAME +STATUS +MESSAGE +ERROR[\s\S]*postgres +Healthy +ok/, err);
  });
});

describe('a Scale that is applied from the server', () => {
  const apply = (name: string, replicas: number, query: string) =>
    here.client.call(
      `${DEPLOYMENTS}/${name}/scale?${query}`,
      patchOf(
        'apply-patch+yaml',
        JSON.stringify({
          apiVersion: 'autoscaling/v1',
          kind: 'Scale',
          metadata: { name },
          spec: { replicas },
        }),
      ),
    );

  test('sets the number, and owns it in the object that it is the scale of', async () => {
    await here.create(DEPLOYMENTS, deployment('unowned'));
    const answer = await apply('unowned', 4, 'fieldManager=scaler&force=true');
    assert.equal(answer.status, 200, answer.text);
    const scale = JSON.parse(answer.text) as { kind: string; spec: { replicas: number } };
    assert.deepEqual([scale.kind, scale.spec.replicas], ['Scale', 4]);
    const { metadata } = await here.get(`${DEPLOYMENTS}/unowned`);
    const entry = metadata.managedFields?.find(({ manager }) => manager === 'scaler');
    const { time: _, ...rest } = { time: '', ...entry };
    assert.deepEqual(rest, {
      manager: 'scaler',
      operation: 'Apply',
      apiVersion: 'apps/v1',
      subresource: 'scale',
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:spec': { 'f:replicas': {} } },
    });
  });

  test('is in conflict with who else wants another number, unless it is forced', async () => {
    const body = JSON.stringify(deployment('owned', { replicas: 2 }));
    await here.client.call(`${DEPLOYMENTS}/owned?fieldManager=boss`, patchOf('apply-patch+yaml', body));
    const refused = await apply('owned', 5, 'fieldManager=scaler');
    assert.equal(refused.status, 409, refused.text);
    assert.match(read(refused).message ?? '', /conflict with "boss".*\.spec\.replicas/s);
    assert.equal((await apply('owned', 5, 'fieldManager=scaler&force=true')).status, 200);
  });
});

describe('/metrics', () => {
  test('has the names that dashboards for Kubernetes look for', async () => {
    const { text } = await here.client.call('/metrics');
    for (const line of [
      /^apiserver_storage_objects\{resource="configmaps"\} \d+$/m,
      /^apiserver_storage_objects\{resource="leases.coordination.k8s.io"\} \d+$/m,
      /^apiserver_request_total\{verb="POST",group="apps",version="v1",resource="deployments",[^}]*code="201"\} \d+$/m,
      /^apiserver_request_duration_seconds_bucket\{verb="GET",[^}]*le="\+Inf"\} \d+$/m,
      /^apiserver_current_inflight_requests\{request_kind="mutating"\} \d+$/m,
      /^apiserver_current_inflight_requests\{request_kind="readOnly"\} \d+$/m,
      /^apiserver_longrunning_requests \d+$/m,
    ])
      assert.match(text, line);
  });
});
