import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { TestCluster } from './support/cluster.ts';
import { busyboxPod, webDeployment } from './support/objects.ts';

describe('what a namespace allows, seen with kubectl', () => {
  let cluster: TestCluster;

  before(async () => {
    cluster = await TestCluster.start({ hollow: 1 });
  });
  after(() => cluster.stop());

  async function team(name: string, labels: Readonly<Record<string, string>> = {}): Promise<void> {
    await cluster.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }]);
  }

  const quota = (hard: Readonly<Record<string, string>>) => ({
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'team' },
    spec: { hard },
  });

  const applyIn = (namespace: string, object: object) =>
    cluster.tryKubectl(['-n', namespace, 'apply', '-f', '-'], { input: JSON.stringify(object) });

  const usedOf = (namespace: string) =>
    cluster.kubectl(['-n', namespace, 'get', 'quota', 'team', '-o', 'jsonpath={.status.used.pods}']);

  test('a quota stops the pod that is one too many, and gives back what goes', async () => {
    await team('small');
    await applyIn('small', quota({ pods: '2' }));
    await cluster.until(async () => (await usedOf('small')) === '0');
    for (const name of ['one', 'two']) {
      const { code, stderr } = await applyIn('small', busyboxPod({ name }));
      assert.equal(code, 0, stderr);
    }
    const { code, stderr } = await applyIn('small', busyboxPod({ name: 'three' }));
    assert.equal(code, 1);
    assert.match(
      stderr,
      /pods "three" is forbidden: exceeded quota: team, requested: pods=1, used: pods=2, limited: pods=2/,
    );
    await cluster.kubectl(['-n', 'small', 'delete', 'pod', 'one', '--wait=true']);
    await cluster.until(async () => (await usedOf('small')) === '1');
    assert.equal((await applyIn('small', busyboxPod({ name: 'three' }))).code, 0);
  });

  test('a Deployment that a quota stops says so, and goes on when there is more', async () => {
    await team('growing');
    await applyIn('growing', quota({ pods: '1' }));
    await cluster.until(async () => (await usedOf('growing')) === '0');
    await applyIn('growing', webDeployment('web', 2));
    const failure = () =>
      cluster.kubectl([
        '-n',
        'growing',
        'get',
        'deployment',
        'web',
        '-o',
        'jsonpath={.status.conditions[?(@.type=="ReplicaFailure")].message}',
      ]);
    await cluster.until(async () => /exceeded quota: team/.test(await failure()));
    await applyIn('growing', quota({ pods: '5' }));
    await cluster.kubectl(['-n', 'growing', 'rollout', 'status', 'deployment/web', '--timeout=60s']);
    assert.equal(await usedOf('growing'), '2');
  });

  test('limits are filled in, and kubectl describe shows both kinds of bounds', async () => {
    await team('bounded');
    await applyIn('bounded', {
      apiVersion: 'v1',
      kind: 'LimitRange',
      metadata: { name: 'usual' },
      spec: { limits: [{ type: 'Container', default: { cpu: '200m' }, max: { cpu: '1' } }] },
    });
    assert.equal((await applyIn('bounded', busyboxPod({ name: 'silent' }))).code, 0);
    const limit = ['-o', 'jsonpath={.spec.containers[0].resources.limits.cpu}'];
    assert.equal(await cluster.kubectl(['-n', 'bounded', 'get', 'pod', 'silent', ...limit]), '200m');
    const greedy = busyboxPod({ name: 'greedy', container: { resources: { limits: { cpu: '2' } } } });
    const { stderr } = await applyIn('bounded', greedy);
    assert.match(stderr, /maximum cpu usage per Container is 1, but limit is 2/);
    assert.match(await cluster.kubectl(['describe', 'namespace', 'bounded']), /Container +cpu .*200m/);
  });

  test('a guarded namespace takes no privileged pod, and warns of a Deployment of such', async () => {
    const prefix = 'pod-security.kubernetes.io/';
    await team('guarded', { [`${prefix}enforce`]: 'baseline', [`${prefix}warn`]: 'baseline' });
    const privileged = busyboxPod({ name: 'p', container: { securityContext: { privileged: true } } });
    const refused = await applyIn('guarded', privileged);
    assert.match(
      refused.stderr,
      /pods "p" is forbidden: violates PodSecurity "baseline:latest": privileged \(container "main" must not set securityContext.privileged=true\)/,
    );
    assert.equal((await applyIn('guarded', busyboxPod({ name: 'plain' }))).code, 0);
  });

  test('a rollout that fails goes back by itself; one with steps waits until it is resumed', async () => {
    const annotate = (...notes: readonly string[]) =>
      cluster.kubectl(['annotate', '--overwrite', 'deployment/steps', ...notes]);
    await cluster.apply([webDeployment('steps', 4)]);
    await cluster.kubectl(['rollout', 'status', 'deployment/steps', '--timeout=60s']);
    await annotate('reckon.dev/canary=25%,pause;100%');
    await cluster.kubectl(['set', 'env', 'deployment/steps', 'VERSION=2']);
    const field = (path: string) =>
      cluster.kubectl(['get', 'deployment', 'steps', '-o', `jsonpath={${path}}`]);
    await cluster.until(async () => (await field('.spec.paused')) === 'true');
    assert.equal(await field('.status.updatedReplicas'), '1');
    await cluster.kubectl(['rollout', 'resume', 'deployment/steps']);
    await cluster.kubectl(['rollout', 'status', 'deployment/steps', '--timeout=60s']);

    await annotate('reckon.dev/canary-', 'reckon.dev/rollback-on-failure=true');
    // No node has the label: the new pods cannot run anywhere.
    const spec = { progressDeadlineSeconds: 5, template: { spec: { nodeSelector: { nowhere: 'true' } } } };
    await cluster.kubectl([
      'patch',
      'deployment/steps',
      '--type=merge',
      '-p',
      JSON.stringify({ spec: { minReadySeconds: 0, ...spec } }),
    ]);
    await cluster.until(async () => (await field('.spec.template.spec.nodeSelector')) === '');
    await cluster.kubectl(['rollout', 'status', 'deployment/steps', '--timeout=60s']);
    assert.match(await cluster.kubectl(['get', 'events']), /DeploymentRollback.*back to revision 2/);
  });
});
