import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { freePort } from '@reckon/service';
import { skipWithoutContainers, TestCluster } from './support/cluster.ts';
import { DISTRIBUTIONS, Kubectls, OWN } from './support/kubectls.ts';
import { busyboxPod, sh } from './support/objects.ts';

const kubectls = new Kubectls();
await kubectls.bring();

describe('kubectl at a running container', { skip: skipWithoutContainers() }, () => {
  let cluster: TestCluster;

  before(async () => {
    cluster = await TestCluster.start({ images: ['busybox'] });
  });
  after(async () => {
    kubectls.remove();
    await cluster.stop();
  });

  for (const [i, who] of [OWN, DISTRIBUTIONS].entries()) {
    const program = kubectls.program(who) ?? '';
    describe(who, { skip: program ? false : 'the distribution cannot be reached' }, () => {
      const name = `shell-${i}`;
      const kubectl = (...args: readonly string[]) => cluster.kubectl(args, { program });
      const start = (...args: readonly string[]) =>
        spawn(program, args, {
          env: { ...process.env, KUBECONFIG: cluster.kubeconfig },
          stdio: ['pipe', 'pipe', 'inherit'],
        });

      before(async () => {
        await cluster.apply([
          busyboxPod({
            name,
            command: sh('mkdir /w; echo page > /w/index.html; exec httpd -f -p 8080 -h /w'),
          }),
        ]);
        await kubectl('wait', '--for=condition=Ready', `pod/${name}`, '--timeout=30s');
      });

      test('exec: its input, its output and its exit code', async () => {
        const cat = await cluster.tryKubectl(['exec', '-i', name, '--', 'cat'], {
          program,
          input: 'over\nthere\n',
        });
        assert.equal(cat.stdout, 'over\nthere\n');
        const failed = await cluster.tryKubectl(
          ['exec', name, '--', ...sh('echo out; echo err >&2; exit 7')],
          {
            program,
          },
        );
        assert.deepEqual([failed.code, failed.stdout], [7, 'out\n']);
        assert.match(failed.stderr, /^err$/m);
      });

      test('exec and port-forward over WebSockets need no fallback', async (t) => {
        if (who === DISTRIBUTIONS) return t.skip('kubectl 1.20 speaks SPDY only');
        // Where it falls back, it says so at this level.
        const run = await cluster.tryKubectl(['exec', '-i', name, '-v=8', '--', 'cat'], {
          program,
          input: 'x\n',
        });
        assert.equal(run.stdout, 'x\n');
        assert.match(run.stderr, /negotiated protocol: v5\.channel\.k8s\.io|GET [^ ]+\/exec/);
        assert.doesNotMatch(run.stderr, /fall ?back|POST [^ ]+\/exec/i);
        const port = await freePort();
        const forward = spawn(program, ['port-forward', `pod/${name}`, `${port}:8080`, '-v=8'], {
          env: { ...process.env, KUBECONFIG: cluster.kubeconfig },
          stdio: ['ignore', 'pipe', 'pipe'],
        });
        try {
          let said = '';
          forward.stderr.on('data', (chunk) => {
            said += chunk;
          });
          await collected(forward).until(/Forwarding from 127\.0\.0\.1/);
          assert.equal(await (await fetch(`http://127.0.0.1:${port}/`)).text(), 'page\n');
          assert.match(said, /websocket|GET [^ ]+\/portforward/i);
          assert.doesNotMatch(said, /fall ?back|POST [^ ]+\/portforward/i);
        } finally {
          await end(forward);
        }
      });

      test('exec -it: a shell on a terminal', async () => {
        // script(1) gives it a terminal to be on.
        const shell = spawn('script', ['-qefc', `${program} exec -it ${name} -- sh`, '/dev/null'], {
          env: { ...process.env, KUBECONFIG: cluster.kubeconfig },
          stdio: ['pipe', 'pipe', 'inherit'],
        });
        const text = collected(shell);
        await text.until(/[#$] /);
        shell.stdin.write('tty; echo $((6 * 7)) is it\n');
        await text.until(/\/dev\/pts\/\d+[\s\S]*42 is it/);
        shell.stdin.write('exit 5\n');
        const [code] = await once(shell, 'exit');
        assert.equal(code, 5);
      });

      test('debug -it: a container put into the pod sees the processes of its target', async (t) => {
        if (who === DISTRIBUTIONS) return t.skip('kubectl 1.20 knows another form of it');
        const line = `${program} debug -it ${name} --image=busybox --image-pull-policy=Never --target=main -c eye -- sh`;
        const shell = spawn('script', ['-qefc', line, '/dev/null'], {
          env: { ...process.env, KUBECONFIG: cluster.kubeconfig },
          stdio: ['pipe', 'pipe', 'inherit'],
        });
        const text = collected(shell);
        await text.until(/try pressing enter|[#$] /);
        shell.stdin.write('ps | grep [h]ttpd; ls /proc/1/root/w; echo $((6 * 7)) is it\n');
        await text.until(/httpd -f -p 8080[\s\S]*index.html[\s\S]*42 is it/);
        shell.stdin.write('exit\n');
        await once(shell, 'exit');
        assert.match(await kubectl('logs', name, '-c', 'eye'), /42 is it/);
        const states = '{.status.ephemeralContainerStatuses[*].name}';
        assert.equal(await kubectl('get', 'pod', name, '-o', `jsonpath=${states}`), 'eye');
      });

      test('attach: to what reads its input', async () => {
        const reader = `${name}-reader`;
        await cluster.apply([
          busyboxPod({
            name: reader,
            command: sh('read line; echo "got $line"; sleep 1'),
            container: { stdin: true, stdinOnce: true },
            spec: { restartPolicy: 'Never' },
          }),
        ]);
        await kubectl('wait', '--for=condition=Ready', `pod/${reader}`, '--timeout=30s');
        const { stdout } = await cluster.tryKubectl(['attach', '-i', reader], { program, input: 'a word\n' });
        assert.match(stdout, /^got a word$/m);
      });

      test('port-forward: several connections at once', async () => {
        const port = await freePort();
        const forward = start('port-forward', `pod/${name}`, `${port}:8080`);
        try {
          await collected(forward).until(/Forwarding from 127\.0\.0\.1/);
          const ask = async () => (await fetch(`http://127.0.0.1:${port}/`)).text();
          assert.deepEqual(await Promise.all([ask(), ask(), ask()]), ['page\n', 'page\n', 'page\n']);
        } finally {
          await end(forward);
        }
      });

      test('logs -f: until the container has ended', async () => {
        const talker = `${name}-talker`;
        await cluster.apply([
          busyboxPod({
            name: talker,
            command: sh('for i in 1 2 3 4 5; do echo line $i; sleep 0.2; done'),
            spec: { restartPolicy: 'Never' },
          }),
        ]);
        const running = '--for=jsonpath={.status.phase}=Running';
        await cluster.kubectl(['wait', running, `pod/${talker}`, '--timeout=30s']);
        assert.equal(await kubectl('logs', '-f', talker), 'line 1\nline 2\nline 3\nline 4\nline 5\n');
      });

      test('get -w: each change as it comes', async () => {
        const watched = `${name}-watched`;
        const watching = start('get', 'pods', '-w');
        try {
          const text = collected(watching);
          await text.until(/^NAME/);
          await cluster.apply([busyboxPod({ name: watched })]);
          await text.until(new RegExp(`${watched} +0/1 +Pending[\\s\\S]*${watched} +1/1 +Running`));
          await kubectl('delete', 'pod', watched);
          await text.until(new RegExp(`${watched} +1/1 +Terminating`));
        } finally {
          await end(watching);
        }
      });

      test('edit: what the editor left is what is there', async () => {
        await kubectl('create', 'configmap', `${name}-edited`, '--from-literal=greeting=hello');
        await cluster.kubectl(['edit', 'configmap', `${name}-edited`], {
          program,
          env: { KUBE_EDITOR: 'sed -i s/hello/bye/' },
        });
        assert.equal(
          await kubectl('get', 'configmap', `${name}-edited`, '-o', 'jsonpath={.data.greeting}'),
          'bye',
        );
      });

      test('events: what happened to a pod', async (t) => {
        if (who === DISTRIBUTIONS) return t.skip('kubectl 1.20 has no such command');
        const text = await kubectl('events', '--for', `pod/${name}`);
        assert.match(text, /Started container main[\s\S]*Scheduled|Scheduled[\s\S]*Started container main/);
      });
    });
  }
});

/** What a program prints, as it comes. */
function collected(child: ChildProcess) {
  let text = '';
  let wake = () => {};
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    wake();
  });
  let ended = false;
  child.once('close', () => {
    ended = true;
    wake();
  });
  return {
    until: async (pattern: RegExp) => {
      while (!pattern.test(text)) {
        if (ended) assert.fail(`it ended before ${pattern}:\n${text}`);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill();
  await once(child, 'exit');
}
