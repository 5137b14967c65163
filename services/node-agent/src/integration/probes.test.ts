import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { BUSYBOX_IMAGE as image } from '@reckon/cri/testing/busybox.ts';
import { whyNoContainerd } from '@reckon/cri/testing/containerd.ts';
import { isReady, RealNode } from '../testing/real-node.ts';

const httpd = 'mkdir -p /www; echo ok > /www/index.html; exec httpd -f -p 8080 -h /www';

describe('probes on containerd', { skip: whyNoContainerd() ?? false, concurrency: 4 }, () => {
  let node: RealNode;
  before(async () => {
    node = await RealNode.start({ name: 'probe', subnet: 13 });
  });
  after(() => node.stop());

  const create = (name: string, script: string, probes: object) =>
    node.create(name, { containers: [{ name: 'main', image, command: ['sh', '-c', script], ...probes }] });
  const count = (name: string) => node.pod(name)?.status?.containerStatuses?.[0]?.restartCount ?? 0;

  it('a pod is ready as soon as its HTTP probe succeeds, long before the period is over', async () => {
    create('http', `sleep 0.5; ${httpd}`, {
      ports: [{ name: 'web', containerPort: 8080 }],
      readinessProbe: { httpGet: { path: '/index.html', port: 'web' }, periodSeconds: 60 },
    });
    await node.until('http', isReady, 15_000);
    assert.deepEqual(
      node.events('http').filter((event) => event.startsWith('Unhealthy')),
      [],
    );
  });

  it('a pod whose probe is answered with an error is not ready, and says what was answered', async () => {
    create('notfound', httpd, {
      readinessProbe: { httpGet: { path: '/nothing', port: 8080 }, periodSeconds: 1, initialDelaySeconds: 1 },
    });
    const told = 'Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 404';
    await node.untilEvent('notfound', told);
    assert.equal(isReady(node.pod('notfound')), false);
    assert.equal(count('notfound'), 0);
  });

  it('a TCP probe succeeds when somebody listens, and a pod is unready again when nobody does', async () => {
    create('tcp', 'httpd -f -p 9000 & while ! test -e /stop; do sleep 0.05; done; kill $!; sleep 3600', {
      readinessProbe: { tcpSocket: { port: 9000 }, periodSeconds: 1, failureThreshold: 1 },
    });
    await node.until('tcp', isReady);
    await node.exec('tcp', 'touch', '/stop');
    await node.until('tcp', (pod) => !isReady(pod));
    const { podIP } = node.pod('tcp')?.status ?? {};
    const told = `Unhealthy: Readiness probe failed: dial tcp ${podIP}:9000: connect: connection refused`;
    await node.untilEvent('tcp', told);
  });

  it('a container whose liveness probe fails is restarted', async () => {
    create('dead', 'touch /alive; sleep 1; rm /alive; sleep 3600', {
      livenessProbe: {
        exec: { command: ['cat', '/alive'] },
        periodSeconds: 1,
        failureThreshold: 1,
        initialDelaySeconds: 1,
      },
    });
    await node.until('dead', () => count('dead') === 1);
    const events = node.events('dead');
    assert.ok(
      events.includes(
        "Unhealthy: Liveness probe failed: cat: can't open '/alive': No such file or directory\n",
      ),
    );
    assert.ok(events.includes('Killing: Container main failed liveness probe, will be restarted'));
  });

  it('a probe that takes too long has failed', async () => {
    create('slow', 'sleep 3600', {
      readinessProbe: { exec: { command: ['sleep', '5'] }, timeoutSeconds: 1, periodSeconds: 1 },
    });
    const told = 'Unhealthy: Readiness probe failed: command timed out: "sleep" "5" timed out after 1s';
    await node.untilEvent('slow', told);
  });

  it('nothing else is asked before the startup probe succeeded, and its failure restarts the container', async () => {
    create('startup', `sleep 1; touch /up; ${httpd}`, {
      startupProbe: { exec: { command: ['test', '-e', '/up'] }, periodSeconds: 1, failureThreshold: 20 },
      livenessProbe: { exec: { command: ['test', '-e', '/up'] }, periodSeconds: 1, failureThreshold: 1 },
      readinessProbe: { httpGet: { port: 8080 }, periodSeconds: 1 },
    });
    create('never', 'sleep 3600', {
      startupProbe: { exec: { command: ['false'] }, periodSeconds: 1, failureThreshold: 2 },
    });
    await node.until('startup', isReady);
    assert.equal(count('startup'), 0);
    await node.until('never', () => count('never') === 1);
    assert.ok(
      node.events('never').includes('Killing: Container main failed startup probe, will be restarted'),
    );
  });
});
