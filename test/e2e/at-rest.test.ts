import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { TestCluster } from './support/cluster.ts';

const template = (app: string, spec: object = {}) => ({
  metadata: { labels: { app } },
  spec: { containers: [{ name: 'main', image: 'busybox' }], ...spec },
});

const meta = (name: string) => ({ metadata: { name } });

function workload(kind: string, name: string, spec: object = {}): object {
  const selector = { matchLabels: { app: name } };
  return {
    apiVersion: 'apps/v1',
    kind,
    ...meta(name),
    spec: { selector, template: template(name), ...spec },
  };
}

const WORLD: readonly object[] = [
  workload('Deployment', 'web', { replicas: 3 }),
  workload('ReplicaSet', 'bare', { replicas: 2 }),
  workload('StatefulSet', 'db', { replicas: 2, serviceName: 'db' }),
  workload('DaemonSet', 'agent'),
  {
    apiVersion: 'v1',
    kind: 'ReplicationController',
    ...meta('old'),
    spec: { replicas: 1, selector: { app: 'old' }, template: template('old') },
  },
  {
    apiVersion: 'batch/v1',
    kind: 'Job',
    ...meta('sum'),
    spec: { template: template('sum', { restartPolicy: 'Never' }) },
  },
  {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    ...meta('yearly'),
    spec: {
      schedule: '0 0 1 1 *',
      jobTemplate: { spec: { template: template('yearly', { restartPolicy: 'Never' }) } },
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    ...meta('web'),
    spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
  },
  {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    ...meta('web'),
    spec: { maxUnavailable: 1, selector: { matchLabels: { app: 'web' } } },
  },
  {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    ...meta('all'),
    spec: { hard: { pods: '50', services: '05' } },
  },
];

describe('controllers over a real API server', () => {
  let cluster: TestCluster;
  before(async () => {
    cluster = await TestCluster.start({ hollow: 2 });
  });
  after(() => cluster?.stop());

  const kubectl = (line: string) => cluster.kubectl(line.split(' '));
  const revision = async () =>
    Number(
      JSON.parse(await kubectl('get --raw /api/v1/namespaces/default/configmaps')).metadata.resourceVersion,
    );

  /** What controllers have written after a revision, in short; heartbeats do not count. */
  async function writtenSince(after: number): Promise<readonly string[]> {
    const query = `select verb || ' ' || resource || ' ' || name || ': ' || coalesce(because, '') as line from history where revision > ${after} and resource not like 'leases.%' and actor like '%controller%' order by revision`;
    const { stdout, code, stderr } = await cluster.reckon(['sql', query, '-o', 'json']);
    assert.equal(code, 0, stderr);
    return (JSON.parse(stdout) as { line: string }[]).map(({ line }) => line);
  }

  test('find nothing to write once they are started anew and plan everything again', async () => {
    await cluster.apply(WORLD);
    await kubectl('rollout status deployment/web --timeout=60s');
    await kubectl('rollout status statefulset/db --timeout=60s');
    await kubectl('rollout status daemonset/agent --timeout=60s');
    let settled = await revision();
    await cluster.until(async () => {
      const written = await writtenSince(settled);
      settled = await revision();
      return written.length === 0;
    });
    const lease =
      'get lease kube-controller-manager -n kube-system -o jsonpath={.spec.leaseTransitions}/{.spec.holderIdentity}';
    const holder = await kubectl(lease);
    await cluster.kill('controller-manager');
    await cluster.until(async () => (await kubectl(lease)) !== holder);
    // A change that only controllers can bring about shows that the new ones have caught up.
    const ready = async () =>
      (await kubectl('get pods -l app=bare --no-headers'))
        .split('\n')
        .filter((line) => line.includes('1/1'))
        .map((line) => line.split(' ')[0] ?? '');
    const before = await ready();
    await kubectl('delete pod -l app=bare --wait=false');
    await cluster.until(async () => {
      const now = await ready();
      return now.length === 2 && !now.some((name) => before.includes(name));
    });
    const written = await writtenSince(settled);
    assert.ok(written.length > 0, 'what was deleted was replaced');
    assert.deepEqual(
      written.filter((line) => !/ (bare|all)/.test(line)),
      [],
    );
  });
});
