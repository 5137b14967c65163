import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { skipWithoutContainers, TestCluster } from './support/cluster.ts';
import { sh } from './support/objects.ts';

interface PodList {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly creationTimestamp: string };
    readonly spec: { readonly nodeName?: string };
  }[];
}

/** What a workload's pods are made from: busybox that does this. */
function template(app: string, script: string, spec: object = {}): object {
  const container = { name: 'main', image: 'busybox', imagePullPolicy: 'IfNotPresent', command: sh(script) };
  return {
    metadata: { labels: { app } },
    spec: { terminationGracePeriodSeconds: 1, containers: [container], ...spec },
  };
}

const SLEEP = 'trap "exit 0" TERM; sleep 3600 & wait';
const ONCE = { restartPolicy: 'Never' };

function workload(kind: string, name: string, spec: object): object {
  const selector = { matchLabels: { app: name } };
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name },
    spec: { selector, template: template(name, SLEEP), ...spec },
  };
}

function job(name: string, script: string, spec: object): object {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name },
    spec: { template: template(name, script, ONCE), ...spec },
  };
}

describe('workloads that are no Deployments, on two nodes', { skip: skipWithoutContainers() }, () => {
  let cluster: TestCluster;
  let nodes: readonly string[] = [];

  before(async () => {
    cluster = await TestCluster.start({ nodes: 2, images: ['busybox'] });
    const names = await cluster.kubectl(['get', 'nodes', '-o', 'jsonpath={.items[*].metadata.name}']);
    nodes = names.split(' ').sort();
  });
  after(() => cluster.stop());

  const podsOf = async (app: string) => {
    const list = await cluster.kubectl(['get', 'pods', '-l', `app=${app}`, '-o', 'json']);
    return (JSON.parse(list) as PodList).items;
  };
  const field = (object: string, path: string) => cluster.kubectl(['get', object, '-o', `jsonpath=${path}`]);

  test('an Indexed Job runs each of its indexes once, and completes', async () => {
    await cluster.apply([
      job('sum', 'echo "part $JOB_COMPLETION_INDEX of $(hostname)"', {
        completions: 3,
        parallelism: 2,
        completionMode: 'Indexed',
      }),
    ]);
    await cluster.kubectl(['wait', '--for=condition=Complete', 'job/sum', '--timeout=50s']);
    assert.match(await cluster.kubectl(['get', 'job', 'sum']), /sum\s+Complete\s+3\/3/);
    assert.equal(await field('job/sum', '{.status.completedIndexes}'), '0-2');
    const logs = await cluster.kubectl(['logs', '-l', 'job-name=sum', '--tail=-1']);
    assert.deepEqual(
      logs.trim().split('\n').sort(),
      [0, 1, 2].map((i) => `part ${i} of sum-${i}`),
    );
  });

  test('a Job whose pods fail is Failed once its limit is reached, and says why', async () => {
    await cluster.apply([job('doomed', 'exit 3', { backoffLimit: 0 })]);
    await cluster.kubectl(['wait', '--for=condition=Failed', 'job/doomed', '--timeout=50s']);
    assert.match(
      await cluster.kubectl(['describe', 'job', 'doomed']),
      /BackoffLimitExceeded.*Job has reached the specified backoff limit/,
    );
  });

  test('a CronJob is run by hand, and forgets nothing of what it does', async () => {
    const jobTemplate = { spec: { template: template('tick', 'echo tock', ONCE) } };
    const spec = { schedule: '@yearly', timeZone: 'Europe/Vienna', jobTemplate };
    await cluster.apply([{ apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'tick' }, spec }]);
    await cluster.kubectl(['create', 'job', '--from=cronjob/tick', 'now']);
    await cluster.kubectl(['wait', '--for=condition=Complete', 'job/now', '--timeout=50s']);
    assert.equal(await cluster.kubectl(['logs', 'job/now']), 'tock\n');
    await cluster.until(async () => (await field('cronjob/tick', '{.status.lastSuccessfulTime}')) !== '');
    await cluster.kubectl(['delete', 'cronjob', 'tick']);
    await cluster.until(async () => (await podsOf('tick')).length === 0);
  });

  test('a CronJob fires by itself when its minute comes', async () => {
    const jobTemplate = { spec: { template: template('beat', 'true', ONCE) } };
    const spec = { schedule: '* * * * *', jobTemplate };
    await cluster.apply([{ apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'beat' }, spec }]);
    await cluster.kubectl(
      ['wait', '--for=jsonpath={.status.lastScheduleTime}', 'cronjob/beat', '--timeout=70s'],
      { timeoutMs: 80_000 },
    );
    const [name = ''] = (await cluster.kubectl(['get', 'jobs', '-o', 'name']))
      .split('\n')
      .filter((line) => line.startsWith('job.batch/beat-'));
    await cluster.kubectl(['wait', '--for=condition=Complete', name, '--timeout=50s']);
    const scheduledMs = Date.parse(await field('cronjob/beat', '{.status.lastScheduleTime}'));
    const createdMs = Date.parse(await field(name, '{.metadata.creationTimestamp}'));
    assert.ok(createdMs - scheduledMs < 5_000, `${createdMs - scheduledMs} ms late`);
    await cluster.kubectl(['delete', 'cronjob', 'beat']);
  });

  test('a StatefulSet comes up in order, rolls from the highest down, and is rolled back', async () => {
    await cluster.apply([
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'db' },
        spec: { clusterIP: 'None', selector: { app: 'db' }, ports: [{ port: 80 }] },
      },
      workload('StatefulSet', 'db', { replicas: 3, serviceName: 'db' }),
    ]);
    const rolled = () => cluster.kubectl(['rollout', 'status', 'statefulset/db', '--timeout=50s']);
    await rolled();
    const made = (await podsOf('db')).map(({ metadata }) => metadata);
    assert.deepEqual(
      made.map(({ name }) => name),
      ['db-0', 'db-1', 'db-2'],
    );
    assert.equal(await cluster.kubectl(['exec', 'db-1', '--', 'hostname']), 'db-1\n');
    await cluster.kubectl(['set', 'env', 'statefulset/db', 'VERSION=2']);
    await rolled();
    const version = () => cluster.kubectl(['exec', 'db-0', '--', 'sh', '-c', 'echo "v$VERSION"']);
    assert.equal(await version(), 'v2\n');
    const ends = (await podsOf('db')).map(({ metadata }) => Date.parse(metadata.creationTimestamp));
    assert.deepEqual(
      [...ends].sort((a, b) => b - a),
      ends,
      'the highest is the oldest',
    );
    await cluster.kubectl(['rollout', 'undo', 'statefulset/db']);
    await rolled();
    assert.equal(await version(), 'v\n');
    assert.match(await cluster.kubectl(['rollout', 'history', 'statefulset/db']), /\n2 .*\n3 /);
    await cluster.kubectl(['delete', 'statefulset', 'db']);
  });

  test('a DaemonSet has a pod on either node, also after an update', async () => {
    await cluster.apply([workload('DaemonSet', 'agent', {})]);
    const rolled = () => cluster.kubectl(['rollout', 'status', 'daemonset/agent', '--timeout=50s']);
    await rolled();
    const places = async () => (await podsOf('agent')).map(({ spec }) => spec.nodeName).sort();
    assert.deepEqual(await places(), nodes);
    await cluster.kubectl(['set', 'env', 'daemonset/agent', 'VERSION=2']);
    await rolled();
    assert.deepEqual(await places(), nodes);
    assert.equal(await field('daemonset/agent', '{.status.updatedNumberScheduled}'), '2');
  });

  test('a drain waits for what the disruption budget allows, and leaves daemons alone', async () => {
    const budget = (minAvailable: number) => ({
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'web' },
      spec: { minAvailable, selector: { matchLabels: { app: 'web' } } },
    });
    await cluster.apply([workload('Deployment', 'web', { replicas: 2 }), budget(2)]);
    await cluster.kubectl(['rollout', 'status', 'deployment/web', '--timeout=50s']);
    await cluster.kubectl(['wait', '--for=jsonpath={.status.currentHealthy}=2', 'pdb/web', '--timeout=20s']);
    const node = (await podsOf('web'))[0]?.spec.nodeName ?? '';
    const drain = (seconds: number) =>
      cluster.tryKubectl(['drain', node, '--ignore-daemonsets', '--force', `--timeout=${seconds}s`]);
    const refused = await drain(3);
    assert.notEqual(refused.code, 0);
    assert.match(refused.stderr, /Cannot evict pod as it would violate the pod's disruption budget/);
    assert.equal((await podsOf('web')).length, 2);
    await cluster.apply([budget(1)]);
    const drained = await drain(50);
    assert.equal(drained.code, 0, drained.stderr);
    await cluster.kubectl(['rollout', 'status', 'deployment/web', '--timeout=50s']);
    assert.ok((await podsOf('web')).every(({ spec }) => spec.nodeName !== node));
    assert.equal((await podsOf('agent')).length, 2);
  });
});
