import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import { isPodReady } from '@reckon/api';
import { skipWithoutContainers, TestCluster } from './support/cluster.ts';
import { busyboxPod, service, sh, webDeployment } from './support/objects.ts';
import { isLeaving, type Recovery, restartsOf, timeToRecovery } from './support/recovery.ts';

const probe = (file: string, more: object = {}) => ({
  exec: { command: ['test', '-e', file] },
  periodSeconds: 1,
  failureThreshold: 1,
  ...more,
});

/** Each of these prints how long it took, from what was done until a watch of the API showed that all was well. */
describe('what heals by itself', { skip: skipWithoutContainers() }, () => {
  let cluster: TestCluster;
  let node = '';

  before(async () => {
    cluster = await TestCluster.start({ images: ['busybox', 'spring-server'] });
    node = await cluster.kubectl(['get', 'nodes', '-o', 'jsonpath={.items[0].metadata.name}']);
    await cluster.apply([
      webDeployment('web', 2),
      service('web', { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 'http' }] }),
    ]);
    await cluster.kubectl(['rollout', 'status', 'deployment/web', '--timeout=60s']);
  });
  after(() => cluster.stop());

  const measured = async (t: TestContext, what: string, recovery: Recovery): Promise<number> => {
    const ms = await timeToRecovery(cluster, recovery);
    t.diagnostic(`${what} after ${(ms / 1_000).toFixed(2)} s`);
    return ms;
  };
  const within = (pod: string, script: string) =>
    cluster.kubectl(['exec', pod, '--', 'sh', '-c', script], { timeoutMs: 20_000 });
  const started = (name: string, options: Omit<Parameters<typeof busyboxPod>[0], 'name'> = {}) =>
    timeToRecovery(cluster, {
      labelSelector: `run=${name}`,
      after: () => cluster.apply([busyboxPod({ name, ...options })]),
      until: (pods) => pods.some(isPodReady),
    });

  test('a process that crashes is started again', async (t) => {
    await started('crashes');
    await measured(t, 'ready again', {
      labelSelector: 'run=crashes',
      // The end of the container may be the end of this command, too.
      after: () => cluster.tryKubectl(['exec', 'crashes', '--', 'sh', '-c', 'kill 1'], { timeoutMs: 20_000 }),
      until: ([pod]) => pod !== undefined && restartsOf(pod) === 1 && isPodReady(pod),
    });
  });

  test('a container that hangs is found by its liveness probe and started again', async (t) => {
    const command = sh('touch /tmp/alive; trap "exit 0" TERM; sleep 3600 & wait');
    await started('hangs', { command, container: { livenessProbe: probe('/tmp/alive') } });
    await measured(t, 'ready again', {
      labelSelector: 'run=hangs',
      after: () => within('hangs', 'rm /tmp/alive'),
      until: ([pod]) => pod !== undefined && restartsOf(pod) === 1 && isPodReady(pod),
    });
  });

  test('a container that is not ready gets no requests, is not started again, and comes back', async (t) => {
    const [pod = ''] = (
      await cluster.kubectl(['get', 'pods', '-l', 'app=web', '-o', 'jsonpath={.items[*].metadata.name}'])
    ).split(' ');
    await started('visitor');
    // The probe asks for `/`, which is this program; without it the server answers 404 and goes on running.
    const program = '/www/cgi-bin/index.cgi';
    await measured(t, 'out of rotation', {
      labelSelector: 'app=web',
      after: () => within(pod, `mv ${program} /tmp/`),
      until: (pods) => pods.filter(isPodReady).length === 1,
    });
    const endpoints = await cluster.kubectl([
      'get',
      'endpoints',
      'web',
      '-o',
      'jsonpath={.subsets[*].notReadyAddresses[*].targetRef.name}',
    ]);
    assert.equal(endpoints, pod);
    const answers = await within('visitor', 'for i in 1 2 3 4 5 6 7 8 9 10; do wget -qO- http://web/; done');
    assert.equal(answers.trim().split('\n').length, 10);
    assert.ok(!answers.includes(pod), answers);
    await measured(t, 'back in rotation', {
      labelSelector: 'app=web',
      after: () => within(pod, `mv /tmp/index.cgi ${program}`),
      until: (pods) => pods.filter(isPodReady).length === 2 && pods.every((each) => restartsOf(each) === 0),
    });
  });

  test('a slow starter is given its time, and only then asked whether it lives', async (t) => {
    const ms = await started('slow', {
      command: sh('sleep 3; touch /tmp/started; trap "exit 0" TERM; sleep 3600 & wait'),
      container: {
        startupProbe: probe('/tmp/started', { failureThreshold: 30 }),
        livenessProbe: probe('/tmp/started'),
      },
    });
    t.diagnostic(`ready after ${(ms / 1_000).toFixed(2)} s, 3 of them its own`);
    const restarts = await cluster.kubectl([
      'get',
      'pod',
      'slow',
      '-o',
      'jsonpath={.status.containerStatuses[0].restartCount}',
    ]);
    assert.equal(restarts, '0');
  });

  test('a pod that somebody deletes is replaced', async (t) => {
    await measured(t, 'replacement ready', {
      labelSelector: 'app=web',
      after: () => cluster.kubectl(['delete', 'pod', '-l', 'app=web', '--wait=false']),
      until: (pods) => pods.filter((pod) => isPodReady(pod) && !isLeaving(pod)).length === 2,
    });
  });

  test('an agent that is killed: what was asked for in the meantime is done as soon as it is back', async (t) => {
    await measured(t, 'replacement ready', {
      labelSelector: 'app=web',
      after: async () => {
        await cluster.kill('node-agent');
        await cluster.kubectl(['delete', 'pod', '-l', 'app=web', '--wait=false']);
      },
      until: (pods) =>
        pods.length === 2 && pods.filter((pod) => isPodReady(pod) && !isLeaving(pod)).length === 2,
    });
  });

  test('on a full node pods wait, and say for what; the first that fits gets the room that appears', async (t) => {
    const cpu = Number(
      await cluster.kubectl(['get', 'node', node, '-o', 'jsonpath={.status.allocatable.cpu}']),
    );
    const most = { resources: { requests: { cpu: `${Math.round(cpu * 700)}m` } } };
    await started('tenant', { container: most });
    await cluster.apply([busyboxPod({ name: 'waiting', container: most })]);
    const reason = '{.status.conditions[?(@.type=="PodScheduled")].reason}';
    await cluster.kubectl(['wait', `--for=jsonpath=${reason}=Unschedulable`, 'pod/waiting', '--timeout=20s']);
    const message = '{.status.conditions[?(@.type=="PodScheduled")].message}';
    assert.match(
      await cluster.kubectl(['get', 'pod', 'waiting', '-o', `jsonpath=${message}`]),
      /0\/1 nodes are available: 1 Insufficient cpu/,
    );
    await measured(t, 'running', {
      labelSelector: 'run=waiting',
      after: () => cluster.kubectl(['delete', 'pod', 'tenant', '--wait=false']),
      until: (pods) => pods.some(isPodReady),
    });
  });
});
