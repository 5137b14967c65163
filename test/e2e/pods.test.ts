import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { skipWithoutContainers, TestCluster } from './support/cluster.ts';
import { busyboxPod, sh } from './support/objects.ts';

describe('pods on a real runtime', { skip: skipWithoutContainers() }, () => {
  let cluster: TestCluster;
  before(async () => {
    cluster = await TestCluster.start({ images: ['busybox'] });
  });
  after(() => cluster.stop());

  const wait = (what: string, name: string, seconds = 30) =>
    cluster.kubectl(['wait', `--for=${what}`, `pod/${name}`, `--timeout=${seconds}s`]);
  const field = (name: string, path: string) =>
    cluster.kubectl(['get', 'pod', name, '-o', `jsonpath={${path}}`]);
  const events = (name: string) =>
    cluster.kubectl([
      'get',
      'events',
      '--field-selector',
      `involvedObject.name=${name}`,
      '-o',
      'jsonpath={range .items[*]}{.reason}: {.message}{"\\n"}{end}',
    ]);
  const until = (name: string, path: string, value: string, seconds = 30) =>
    wait(`jsonpath={${path}}=${value}`, name, seconds);

  test('containers of a pod share one address and one localhost, and start after the init containers', async () => {
    const init = (name: string, script: string) => ({
      name,
      image: 'busybox',
      imagePullPolicy: 'IfNotPresent',
      command: sh(script),
      volumeMounts: [{ name: 'shared', mountPath: '/shared' }],
    });
    const pod = busyboxPod({
      name: 'shared',
      command: sh('nc -l -p 7777 -e cat /shared/order & wait; sleep 3600'),
      container: { volumeMounts: [{ name: 'shared', mountPath: '/shared' }] },
      spec: {
        volumes: [{ name: 'shared', emptyDir: {} }],
        initContainers: [
          init('first', 'echo one >> /shared/order'),
          init('second', 'echo two >> /shared/order'),
        ],
      },
    }) as { spec: { containers: object[] } };
    pod.spec.containers.push({
      name: 'side',
      image: 'busybox',
      imagePullPolicy: 'IfNotPresent',
      command: sh('until nc 127.0.0.1 7777 > /tmp/got; do :; done; cat /tmp/got; sleep 3600'),
    });
    await cluster.apply([pod]);
    await wait('condition=Ready', 'shared');
    const logs = await cluster.kubectl([
      'exec',
      'shared',
      '-c',
      'side',
      '--',
      'sh',
      '-c',
      'until [ -s /tmp/got ]; do :; done; cat /tmp/got',
    ]);
    assert.equal(logs, 'one\ntwo\n');
  });

  test('logs: all of them, the tail, since, and followed to their end', async () => {
    await cluster.apply([
      busyboxPod({
        name: 'talker',
        command: sh('for i in 1 2 3; do echo line $i; done; sleep 1; echo end'),
        spec: { restartPolicy: 'Never' },
      }),
    ]);
    await until('talker', '.status.phase', 'Succeeded');
    assert.equal(await cluster.kubectl(['logs', 'talker']), 'line 1\nline 2\nline 3\nend\n');
    assert.equal(await cluster.kubectl(['logs', 'talker', '--tail=1']), 'end\n');
    assert.equal(
      await cluster.kubectl(['logs', '-f', 'talker', '--since=1h']),
      'line 1\nline 2\nline 3\nend\n',
    );
    assert.match(await cluster.kubectl(['logs', 'talker', '--timestamps']), /^\d{4}-\d\d-\d\dT\S+Z line 1\n/);
  });

  test('a container that crashes is restarted with growing pauses, and its last words are kept', async () => {
    await cluster.apply([busyboxPod({ name: 'crasher', command: sh('echo I fail; exit 3') })]);
    await until('crasher', '.status.containerStatuses[0].state.waiting.reason', 'CrashLoopBackOff');
    assert.equal(await field('crasher', '.status.containerStatuses[0].lastState.terminated.exitCode'), '3');
    assert.match(await cluster.kubectl(['get', 'pod', 'crasher']), /CrashLoopBackOff/);
    assert.equal(await cluster.kubectl(['logs', 'crasher', '--previous']), 'I fail\n');
    assert.match(
      await events('crasher'),
      /BackOff: Back-off restarting failed container main in pod crasher/,
    );
  });

  test('image pull policies and their errors are those of Kubernetes', async () => {
    const pod = (name: string, image: string, imagePullPolicy?: string) =>
      busyboxPod({
        name,
        container: { image, ...(imagePullPolicy ? { imagePullPolicy } : { imagePullPolicy: undefined }) },
      });
    await cluster.apply([
      pod('never', 'absent:1', 'Never'),
      pod('missing', 'localhost:1/absent:1'),
      pod('nonsense', 'Not/A:Valid:Name'),
      pod('latest', 'localhost:1/busybox'),
    ]);
    assert.equal(await field('latest', '.spec.containers[0].imagePullPolicy'), 'Always');
    assert.equal(await field('missing', '.spec.containers[0].imagePullPolicy'), 'IfNotPresent');
    const reason = '.status.containerStatuses[0].state.waiting.reason';
    await until('never', reason, 'ErrImageNeverPull');
    await until('nonsense', reason, 'InvalidImageName');
    await until('missing', reason, 'ImagePullBackOff');
    assert.match(await events('missing'), /Failed: Failed to pull image "localhost:1\/absent:1"/);
    assert.match(await events('missing'), /BackOff: Back-off pulling image "localhost:1\/absent:1"/);
  });

  test('a hanging container is restarted by its liveness probe; one that is not ready only leaves traffic', async () => {
    await cluster.apply([
      busyboxPod({
        name: 'hangs',
        command: sh('touch /tmp/alive; sleep 2; rm /tmp/alive; sleep 3600'),
        container: {
          livenessProbe: {
            exec: { command: ['test', '-e', '/tmp/alive'] },
            periodSeconds: 1,
            failureThreshold: 1,
          },
        },
      }),
      busyboxPod({
        name: 'unready',
        container: { readinessProbe: { exec: { command: ['test', '-e', '/tmp/ready'] }, periodSeconds: 1 } },
      }),
    ]);
    await until('hangs', '.status.containerStatuses[0].restartCount', '1');
    assert.match(await events('hangs'), /Unhealthy: Liveness probe failed/);
    assert.match(await events('hangs'), /Killing: Container main failed liveness probe, will be restarted/);
    assert.equal(await field('unready', '.status.containerStatuses[0].ready'), 'false');
    await cluster.kubectl(['exec', 'unready', '--', 'touch', '/tmp/ready']);
    await wait('condition=Ready', 'unready');
    assert.equal(await field('unready', '.status.containerStatuses[0].restartCount'), '0');
  });

  test('limits are enforced: who takes more memory than allowed is killed', async () => {
    const hog = sh('x=a; while true; do x=$x$x; done');
    await cluster.apply([
      busyboxPod({
        name: 'hog',
        command: hog,
        spec: { restartPolicy: 'Never' },
        container: { resources: { limits: { memory: '16Mi', cpu: '500m' } } },
      }),
    ]);
    await until('hog', '.status.phase', 'Failed');
    assert.equal(await field('hog', '.status.containerStatuses[0].state.terminated.reason'), 'OOMKilled');
    assert.equal(await field('hog', '.status.qosClass'), 'Guaranteed');
  });

  test('configuration and secrets arrive as environment and as files, and files follow changes', async () => {
    await cluster.kubectl(['create', 'configmap', 'settings', '--from-literal=color=blue']);
    await cluster.kubectl(['create', 'secret', 'generic', 'keys', '--from-literal=token=s3cret']);
    await cluster.apply([
      busyboxPod({
        name: 'configured',
        container: {
          env: [
            { name: 'COLOR', valueFrom: { configMapKeyRef: { name: 'settings', key: 'color' } } },
            { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'keys', key: 'token' } } },
            { name: 'ME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
          ],
          volumeMounts: [{ name: 'settings', mountPath: '/settings' }],
        },
        spec: { volumes: [{ name: 'settings', configMap: { name: 'settings' } }] },
      }),
    ]);
    await wait('condition=Ready', 'configured');
    const run = (script: string) => cluster.kubectl(['exec', 'configured', '--', 'sh', '-c', script]);
    assert.equal(await run('echo $COLOR $TOKEN $ME; cat /settings/color'), 'blue s3cret configured\nblue');
    await cluster.kubectl(['patch', 'configmap', 'settings', '-p', '{"data":{"color":"red"}}']);
    assert.equal(await run('until grep -q red /settings/color; do :; done; cat /settings/color'), 'red');
  });

  test("a pod's token opens the API for it, through the Service kubernetes and its name", async () => {
    await cluster.apply([busyboxPod({ name: 'client' })]);
    await wait('condition=Ready', 'client');
    const run = (script: string) => cluster.kubectl(['exec', 'client', '--', 'sh', '-c', script]);
    const dir = '/var/run/secrets/kubernetes.io/serviceaccount';
    assert.equal(await run(`cat ${dir}/namespace`), 'default');
    assert.match(await run(`cat ${dir}/ca.crt`), /BEGIN CERTIFICATE/);
    assert.match(await run('nslookup kubernetes.default.svc.cluster.local'), /Address.*10\./);
    const token = await run(`cat ${dir}/token`);
    const { stdout } = await cluster.tryKubectl([
      'auth',
      'whoami',
      '-o',
      'jsonpath={.status.userInfo.username}',
      `--token=${token}`,
      '--client-certificate=',
      '--client-key=',
    ]);
    assert.match(stdout, /^(system:serviceaccount:default:default|kubernetes-admin)$/);
  });

  test('a pod that is told to go gets its grace, and is gone soon after', async () => {
    await cluster.apply([
      busyboxPod({ name: 'leaves', command: sh('trap "" TERM; sleep 3600 & wait; wait') }),
    ]);
    await wait('condition=Ready', 'leaves');
    const started = performance.now();
    await cluster.kubectl(['delete', 'pod', 'leaves', '--grace-period=1']);
    const tookMs = performance.now() - started;
    assert.ok(tookMs > 900 && tookMs < 6_000, `it took ${Math.round(tookMs)} ms`);
  });
});
