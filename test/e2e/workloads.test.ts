import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { get } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { freePort } from '@reckon/service';
import { skipWithoutContainers, TestCluster } from './support/cluster.ts';
import { busyboxPod, service, webDeployment } from './support/objects.ts';

/** What an HTTP server says, or why it does not. A connection of its own each time. */
function ask(host: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const outgoing = get({ host, port, agent: false, timeout: 3_000 }, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => resolve(body));
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error('timeout')));
    outgoing.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

describe('workloads and Services', { skip: skipWithoutContainers() }, () => {
  let cluster: TestCluster;
  let nodePort = 0;

  before(async () => {
    cluster = await TestCluster.start({ images: ['busybox', 'spring-server'] });
    await cluster.apply([
      webDeployment('web', 3),
      service('web', {
        type: 'NodePort',
        selector: { app: 'web' },
        ports: [{ port: 80, targetPort: 'http' }],
      }),
    ]);
    await cluster.kubectl(['rollout', 'status', 'deployment/web', '--timeout=60s']);
    nodePort = Number(
      await cluster.kubectl(['get', 'service', 'web', '-o', 'jsonpath={.spec.ports[0].nodePort}']),
    );
  });
  after(() => cluster.stop());

  const podNames = async () =>
    (await cluster.kubectl(['get', 'pods', '-l', 'app=web', '-o', 'jsonpath={.items[*].metadata.name}']))
      .split(' ')
      .sort();

  test('three pods answer on the node port of localhost, both 127.0.0.1 and ::1, and of the node', async () => {
    const nodeIP = await cluster.kubectl([
      'get',
      'nodes',
      '-o',
      'jsonpath={.items[0].status.addresses[?(@.type=="InternalIP")].address}',
    ]);
    for (const host of ['127.0.0.1', '::1', nodeIP]) {
      const pods = new Set<string>();
      for (let i = 0; i < 100 && pods.size < 3; i++) {
        const [, name] = /^Hello from (\S+),/.exec(await ask(host, nodePort)) ?? [];
        assert.ok(name, `${host} answers`);
        pods.add(name);
      }
      assert.deepEqual([...pods].sort(), await podNames(), host);
    }
  });

  test('pods find the Service by its name, short and long', async () => {
    await cluster.apply([busyboxPod({ name: 'visitor' })]);
    await cluster.kubectl(['wait', '--for=condition=Ready', 'pod/visitor', '--timeout=30s']);
    for (const name of ['web', 'web.default', 'web.default.svc.cluster.local']) {
      assert.match(
        await cluster.kubectl(['exec', 'visitor', '--', 'wget', '-qO-', `http://${name}/`]),
        /^Hello from web-/,
      );
    }
  });

  test('a rollout to a new version and back fails no request', async () => {
    const failures: string[] = [];
    const versions = new Set<string>();
    let going = true;
    const client = async () => {
      while (going) {
        const answer = await ask('127.0.0.1', nodePort);
        const [, version] = /version (\S+)/.exec(answer) ?? [];
        if (version) versions.add(version);
        else failures.push(answer);
      }
    };
    const clients = [client(), client()];
    try {
      await cluster.kubectl(['set', 'image', 'deployment/web', 'web=spring-server:v2']);
      await cluster.kubectl(['rollout', 'status', 'deployment/web', '--timeout=60s']);
      await cluster.kubectl(['rollout', 'undo', 'deployment/web']);
      await cluster.kubectl(['rollout', 'status', 'deployment/web', '--timeout=60s']);
    } finally {
      going = false;
      await Promise.all(clients);
    }
    assert.deepEqual(failures, []);
    assert.equal(versions.size, 2);
    assert.match(await cluster.kubectl(['rollout', 'history', 'deployment/web']), /2[\s\S]*3/);
  });

  test('a pod that is deleted is replaced', async () => {
    const [victim = ''] = await podNames();
    await cluster.kubectl(['delete', 'pod', victim]);
    await cluster.kubectl([
      'wait',
      '--for=jsonpath={.status.availableReplicas}=3',
      'deployment/web',
      '--timeout=30s',
    ]);
    assert.ok(!(await podNames()).includes(victim));
  });

  test('scaled to nothing it refuses, and scaled up again it answers', async () => {
    await cluster.kubectl(['scale', 'deployment/web', '--replicas=0']);
    await cluster.kubectl(['wait', '--for=delete', 'pod', '-l', 'app=web', '--timeout=30s']);
    assert.match(await ask('127.0.0.1', nodePort), /ECONN(REFUSED|RESET)|socket hang up/);
    await cluster.kubectl(['scale', 'deployment/web', '--replicas=3']);
    await cluster.kubectl(['rollout', 'status', 'deployment/web', '--timeout=60s']);
    assert.match(await ask('127.0.0.1', nodePort), /^Hello/);
  });

  test('port-forward reaches a pod', async () => {
    const [pod = ''] = await podNames();
    const port = await freePort();
    const forward = spawn('kubectl', ['port-forward', `pod/${pod}`, `${port}:8080`], {
      env: { ...process.env, KUBECONFIG: cluster.kubeconfig },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      await once(forward.stdout, 'data');
      assert.match(await ask('127.0.0.1', port), new RegExp(`^Hello from ${pod},`));
      assert.match(await ask('127.0.0.1', port), new RegExp(`^Hello from ${pod},`));
    } finally {
      forward.kill();
      await once(forward, 'exit');
    }
  });

  test('pods that fit nowhere say why, node by node', async () => {
    await cluster.apply([
      busyboxPod({ name: 'giant', container: { resources: { requests: { cpu: '900' } } } }),
      busyboxPod({ name: 'picky', spec: { nodeSelector: { disk: 'ssd' } } }),
    ]);
    const unschedulable = (name: string) =>
      cluster.kubectl([
        'wait',
        '--for=jsonpath={.status.conditions[?(@.type=="PodScheduled")].reason}=Unschedulable',
        `pod/${name}`,
        '--timeout=20s',
      ]);
    const message = (name: string) =>
      cluster.kubectl([
        'get',
        'pod',
        name,
        '-o',
        'jsonpath={.status.conditions[?(@.type=="PodScheduled")].message}',
      ]);
    await unschedulable('giant');
    await unschedulable('picky');
    assert.match(await message('giant'), /0\/1 nodes are available: 1 Insufficient cpu/);
    assert.match(
      await message('picky'),
      /0\/1 nodes are available: 1 node\(s\) didn't match Pod's node affinity\/selector/,
    );
    const node = await cluster.kubectl(['get', 'nodes', '-o', 'name']);
    await cluster.kubectl(['label', node.trim(), 'disk=ssd']);
    await cluster.kubectl(['wait', '--for=condition=Ready', 'pod/picky', '--timeout=20s']);
  });

  test('drain empties a node, uncordon gives it back', async () => {
    const node = (await cluster.kubectl(['get', 'nodes', '-o', 'jsonpath={.items[0].metadata.name}'])).trim();
    await cluster.kubectl(['delete', 'pod', 'giant', 'picky', 'visitor', '--ignore-not-found', '--now']);
    await cluster.kubectl(['drain', node, '--ignore-daemonsets', '--force', '--timeout=60s']);
    assert.match(await cluster.kubectl(['get', 'nodes']), /SchedulingDisabled/);
    assert.match(await cluster.kubectl(['get', 'pods', '-l', 'app=web']), /Pending/);
    await cluster.kubectl(['uncordon', node]);
    await cluster.kubectl(['rollout', 'status', 'deployment/web', '--timeout=60s']);
  });

  test('a namespace goes with everything in it', async () => {
    await cluster.kubectl(['create', 'namespace', 'shop']);
    await cluster.kubectl([
      '-n',
      'shop',
      'create',
      'deployment',
      'web',
      '--image=spring-server:v2',
      '--replicas=2',
    ]);
    await cluster.kubectl(['-n', 'shop', 'rollout', 'status', 'deployment/web', '--timeout=60s']);
    await cluster.kubectl(['delete', 'namespace', 'shop', '--timeout=60s']);
    const { code, stderr } = await cluster.tryKubectl(['get', 'namespace', 'shop']);
    assert.equal(code, 1);
    assert.match(stderr, /namespaces "shop" not found/);
  });

  test('deleting a Deployment in the foreground, orphaning and in the background', async () => {
    await cluster.kubectl(['delete', 'deployment', 'web', '--cascade=orphan']);
    assert.equal((await podNames()).length, 3);
    await cluster.apply([webDeployment('web', 3)]);
    await cluster.kubectl(['rollout', 'status', 'deployment/web', '--timeout=60s']);
    await cluster.kubectl(['delete', 'deployment', 'web', '--cascade=foreground', '--timeout=60s']);
    assert.deepEqual(await podNames(), ['']);
  });
});
