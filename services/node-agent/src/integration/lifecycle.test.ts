import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { PODS, RUNTIME_CLASSES } from '@reckon/client';
import { BUSYBOX_IMAGE as image } from '@reckon/cri/testing/busybox.ts';
import { whyNoContainerd } from '@reckon/cri/testing/containerd.ts';
import { systemClock } from '@reckon/service';
import { isReady, RealNode } from '../testing/real-node.ts';

const sh = (name: string, script: string) => ({ name, image, command: ['sh', '-c', script] });
const forever = 'trap "exit 0" TERM; while :; do sleep 0.05; done';

describe('pods on containerd', { skip: whyNoContainerd() ?? false, concurrency: 4 }, () => {
  let node: RealNode;
  before(async () => {
    node = await RealNode.start({ name: 'life', subnet: 11 });
  });
  after(() => node.stop());

  const container = (name: string, which = 0) => node.pod(name)?.status?.containerStatuses?.[which];

  it('a container that crashes is restarted at once, then waits, and shows how it ended', async () => {
    node.create('crash', { containers: [sh('main', 'exit 3')] });
    await node.until('crash', () => container('crash')?.state?.waiting?.reason === 'CrashLoopBackOff');
    const status = container('crash');
    assert.equal(status?.restartCount, 1);
    assert.match(
      status?.state?.waiting?.message ?? '',
      /^back-off 10s restarting failed container=main pod=crash_default\(/,
    );
    assert.deepEqual(
      [status?.lastState?.terminated?.exitCode, status?.lastState?.terminated?.reason, status?.ready],
      [3, 'Error', false],
    );
    assert.ok(
      node
        .events('crash')
        .some((event) => event.startsWith('BackOff: Back-off restarting failed container main')),
    );
  });

  it('a pod runs the way that its RuntimeClass names, or says that the runtime has none such', async () => {
    for (const handler of ['runc', 'unheard-of'])
      node.api.put(RUNTIME_CLASSES, { metadata: { name: `class-${handler}` }, handler } as object);
    node.create('usual', { containers: [sh('main', forever)], runtimeClassName: 'class-runc' });
    node.create('odd', { containers: [sh('main', forever)], runtimeClassName: 'class-unheard-of' });
    node.create('lost', { containers: [sh('main', forever)], runtimeClassName: 'class-that-went' });
    await node.until('usual', isReady);
    const why = (name: string) =>
      node.events(name).find((event) => event.startsWith('FailedCreatePodSandBox')) ?? '';
    await node.until('odd', () => why('odd') !== '');
    assert.match(why('odd'), /no runtime for "unheard-of" is configured/);
    await node.until('lost', () => why('lost') !== '');
    assert.match(why('lost'), /runtimeclass\.node\.k8s\.io "class-that-went" not found/);
  });

  it('init containers run in order, one after the other, before the containers', async () => {
    const mount = { volumeMounts: [{ name: 'work', mountPath: '/share' }] };
    const step = (name: string) => ({
      ...sh(name, `ls /share > /share/seen-by-${name}; sleep 0.1; touch /share/${name}`),
      ...mount,
    });
    node.create('init', {
      initContainers: [step('one'), step('two')],
      containers: [{ ...sh('main', forever), ...mount }],
      volumes: [{ name: 'work', emptyDir: {} }],
    });
    await node.until('init', isReady);
    assert.equal(await node.exec('init', 'cat', '/share/seen-by-one'), 'seen-by-one');
    assert.deepEqual((await node.exec('init', 'cat', '/share/seen-by-two')).split('\n'), [
      'one',
      'seen-by-one',
      'seen-by-two',
    ]);
    const statuses = node.pod('init')?.status?.initContainerStatuses ?? [];
    assert.deepEqual(
      statuses.map((each) => [each.name, each.state?.terminated?.reason, each.ready]),
      [
        ['one', 'Completed', true],
        ['two', 'Completed', true],
      ],
    );
  });

  it('a sidecar starts first, is seen by the containers, and ends last', async () => {
    const mount = { volumeMounts: [{ name: 'work', mountPath: '/share' }] };
    const noteEnd = (name: string) =>
      `trap "echo ${name} >> /share/ends; exit 0" TERM; touch /share/${name}-heeds; while :; do sleep 0.05; done`;
    const dir = `${node.stateDir}/sidecar-ends`;
    node.create('sidecar', {
      initContainers: [
        { ...sh('helper', `touch /share/up; ${noteEnd('helper')}`), ...mount, restartPolicy: 'Always' },
      ],
      containers: [
        {
          ...sh('main', `test -e /share/up || exit 1; ${noteEnd('main')}`),
          ...mount,
          // A shell that has no trap yet would not hear SIGTERM.
          readinessProbe: {
            exec: { command: ['ls', '/share/main-heeds', '/share/helper-heeds'] },
            periodSeconds: 1,
          },
        },
      ],
      volumes: [{ name: 'work', hostPath: { path: dir, type: 'DirectoryOrCreate' } }],
      terminationGracePeriodSeconds: 5,
    });
    await node.until('sidecar', isReady);
    node.delete('sidecar');
    await node.until('sidecar', (pod) => !pod);
    assert.equal(await readFile(`${dir}/ends`, 'utf8'), 'main\nhelper\n');
  });

  it('containers of a pod share one network, and nothing else', async () => {
    node.create('shared', {
      containers: [
        sh(
          'server',
          'mkdir -p /tmp/www; echo from-server > /tmp/www/index.html; exec httpd -f -p 8080 -h /tmp/www',
        ),
        sh('client', `until wget -qO /tmp/got http://127.0.0.1:8080/; do sleep 0.05; done; ${forever}`),
      ],
    });
    await node.until('shared', isReady);
    const id = container('shared')?.containerID?.replace(/^.*:\/\//, '') ?? '';
    await assert.rejects(node.exec('shared', 'ls', '/tmp/www'));
    const client = await node.containerd.runtime.execSync(
      id,
      ['sh', '-c', 'until cat /tmp/got; do sleep 0.05; done'],
      10,
    );
    assert.equal(Buffer.from(client.stdout).toString(), 'from-server\n');
    assert.equal(container('shared', 1)?.name, 'server');
  });

  it('a process that heeds SIGTERM ends its pod early; one that does not is killed after the grace', async () => {
    // Until a process has said what it does at SIGTERM, the signal ends what runs before it, or is nobody's.
    const said = { readinessProbe: { exec: { command: ['test', '-e', '/tmp/said'] }, periodSeconds: 1 } };
    node.create('polite', {
      containers: [
        { ...sh('main', 'trap "exit 7" TERM; touch /tmp/said; while :; do sleep 0.02; done'), ...said },
      ],
      terminationGracePeriodSeconds: 30,
    });
    node.create('stubborn', {
      containers: [{ ...sh('main', 'trap "" TERM; touch /tmp/said; while :; do sleep 0.1; done'), ...said }],
      terminationGracePeriodSeconds: 1,
    });
    await Promise.all([node.until('polite', isReady), node.until('stubborn', isReady)]);
    const exits = new Map<string, number | undefined>();
    const startedMs = systemClock.monotonicMs();
    const end = async (name: string) => {
      node.delete(name);
      await node.until(name, () => {
        const code = container(name)?.state?.terminated?.exitCode;
        if (code !== undefined) exits.set(name, code);
        return !node.pod(name);
      });
      return systemClock.monotonicMs() - startedMs;
    };
    const [polite, stubborn] = await Promise.all([end('polite'), end('stubborn')]);
    assert.deepEqual([exits.get('polite'), exits.get('stubborn')], [7, 137]);
    assert.ok(polite < 10_000, `the polite one took ${polite} ms of its 30 s`);
    assert.ok(stubborn >= 1_000, `the stubborn one had only ${stubborn} ms`);
  });

  it('postStart runs beside the start, preStop before SIGTERM', async () => {
    const dir = `${node.stateDir}/hooks`;
    node.create('hooks', {
      containers: [
        {
          ...sh('main', 'trap "echo term >> /share/log; exit 0" TERM; while :; do sleep 0.05; done'),
          volumeMounts: [{ name: 'work', mountPath: '/share' }],
          lifecycle: {
            postStart: { exec: { command: ['sh', '-c', 'echo started >> /share/log'] } },
            preStop: { exec: { command: ['sh', '-c', 'echo stopping >> /share/log'] } },
          },
        },
      ],
      volumes: [{ name: 'work', hostPath: { path: dir, type: 'DirectoryOrCreate' } }],
      terminationGracePeriodSeconds: 10,
    });
    await node.until('hooks', isReady);
    node.delete('hooks');
    await node.until('hooks', (pod) => !pod);
    assert.equal(await readFile(`${dir}/log`, 'utf8'), 'started\nstopping\nterm\n');
  });

  it('a postStart hook that fails kills its container', async () => {
    const postStart = { exec: { command: ['sh', '-c', 'exit 1'] } };
    node.create('badhook', {
      containers: [{ ...sh('main', forever), lifecycle: { postStart } }],
      restartPolicy: 'Never',
    });
    await node.until(
      'badhook',
      (pod) => pod?.status?.phase === 'Succeeded' || pod?.status?.phase === 'Failed',
    );
    assert.ok(node.events('badhook').includes('FailedPostStartHook: PostStartHook failed'));
  });

  it('the last words of a container are in its status, from its file or the end of its log', async () => {
    node.create('words', {
      restartPolicy: 'Never',
      containers: [
        sh('file', 'printf "out of tea" > /dev/termination-log; exit 1'),
        { ...sh('log', 'echo one; echo two; exit 1'), terminationMessagePolicy: 'FallbackToLogsOnError' },
        {
          ...sh('nobody', 'printf "no rights" > /dev/last-words; exit 1'),
          terminationMessagePath: '/dev/last-words',
          securityContext: { runAsUser: 65_534 },
        },
      ],
    });
    await node.until('words', (pod) => pod?.status?.phase === 'Failed');
    assert.equal(container('words', 0)?.state?.terminated?.message, 'out of tea');
    assert.equal(container('words', 1)?.state?.terminated?.message, 'one\ntwo\n');
    assert.equal(container('words', 2)?.state?.terminated?.message, 'no rights', 'whoever it runs as');
  });

  it('a pod that ran to its end has Succeeded, under OnFailure only after a failure was repeated', async () => {
    const mount = { volumeMounts: [{ name: 'work', mountPath: '/share' }] };
    node.create('retry', {
      restartPolicy: 'OnFailure',
      containers: [{ ...sh('main', 'test -e /share/tried && exit 0; touch /share/tried; exit 1'), ...mount }],
      volumes: [{ name: 'work', emptyDir: {} }],
    });
    await node.until('retry', (pod) => pod?.status?.phase === 'Succeeded');
    assert.equal(container('retry')?.restartCount, 1);
    assert.equal(container('retry')?.state?.terminated?.reason, 'Completed');
  });

  it('a pod over its deadline has Failed and says why', async () => {
    node.create('late', { containers: [sh('main', forever)] });
    const running = await node.ready('late');
    node.api.put(PODS, { ...running, spec: { ...running.spec, activeDeadlineSeconds: 1 } });
    await node.until(
      'late',
      (pod) => pod?.status?.phase === 'Failed' && container('late')?.state?.terminated !== undefined,
    );
    assert.equal(node.pod('late')?.status?.reason, 'DeadlineExceeded');
  });

  it('a pod that leaves the node leaves nothing behind', async () => {
    node.create('clean', {
      containers: [{ ...sh('main', forever), volumeMounts: [{ name: 'mem', mountPath: '/mem' }] }],
      volumes: [{ name: 'mem', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } }],
    });
    const uid = (await node.ready('clean')).metadata.uid;
    node.delete('clean');
    await node.until('clean', (pod) => !pod);
    await node.forgotten(uid);
    const find = [
      '-c',
      `find ${node.stateDir} /sys/fs/cgroup -name '*${uid}*'; grep ${uid} /proc/self/mounts; true`,
    ];
    assert.equal((await promisify(execFile)('sh', find)).stdout, '');
  });
});
