import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { EXIT } from './types.ts';

const dir = mkdtempSync(join(tmpdir(), 'reckon-run-'));
after(() => rmSync(dir, { recursive: true }));
const socket = join(dir, 'health.sock');
const config = join(dir, 'config.json');
const tls = { ca: 'ca', cert: 'cert', key: 'key' };
writeFileSync(config, JSON.stringify({ name: 'sample', healthSocket: socket, tls }));

interface Run {
  readonly child: ChildProcess;
  readonly lines: { readonly message: string; readonly [field: string]: unknown }[];
  /** Resolves with the first line that has this message. */
  line(message: string): Promise<{ readonly [field: string]: unknown }>;
  exit(): Promise<number | null>;
}

let count = 0;

/** Starts a process whose main function has this body. */
function start(
  body: string,
  args: readonly string[] = ['--config', config],
  env: Readonly<Record<string, string>> = {},
): Run {
  const library = new URL('../index.ts', import.meta.url).href;
  const decoder = new URL('../config/decode.ts', import.meta.url).href;
  const source = `
    import { runService, aborted, commonFields } from ${JSON.stringify(library)};
    import { record } from ${JSON.stringify(decoder)};
    await runService('sample', { config: record(commonFields), stopTimeoutMs: ({ name }) => Number(/\\d+$/.exec(name) ?? 200), main: async (context) => { ${body} } });`;
  const file = join(dir, `sample-${++count}.mjs`);
  writeFileSync(file, source);
  const child = spawn(process.execPath, [file, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...env },
  });
  const lines: Run['lines'] = [];
  const reader = createInterface({ input: child.stderr });
  reader.on('line', (text) => {
    lines.push(JSON.parse(text));
    child.emit('logged');
  });
  const done = once(child, 'close').then(([code]) => code as number | null);
  return {
    child,
    lines,
    exit: () => done,
    async line(message) {
      for (;;) {
        const found = lines.find((line) => line.message === message);
        if (found) return found;
        await Promise.race([
          once(child, 'logged'),
          done.then(() => {
            if (!lines.some((line) => line.message === message))
              throw new Error(`ended without "${message}": ${JSON.stringify(lines)}`);
          }),
        ]);
      }
    },
  };
}

function get(path: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    request({ socketPath: socket, path }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    })
      .on('error', reject)
      .end();
  });
}

test('a service told to stop winds down and exits with 0', async () => {
  const run = start(
    `context.log.info('running'); await aborted(context.signal); context.log.info('winding down');`,
  );
  await run.line('running');
  run.child.kill('SIGTERM');
  assert.equal(await run.exit(), EXIT.ok);
  assert.deepEqual(
    run.lines.map(({ message }) => message),
    ['starting', 'running', 'stopping', 'winding down', 'stopped'],
  );
});

test('a service told to stop leaves what was compiled to its next start, if it is told where', async () => {
  const cache = join(dir, 'compiled');
  const run = start(`await aborted(context.signal);`, undefined, { NODE_COMPILE_CACHE: cache });
  await run.line('starting');
  run.child.kill('SIGTERM');
  assert.equal(await run.exit(), EXIT.ok);
  const files = readdirSync(cache, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  assert.ok(files.length > 0);
});

test('liveness, readiness and metrics are answered on the unix socket', async () => {
  const run = start(`
    let ready = false;
    context.health.addLive('loop', () => {});
    process.on('SIGUSR1', () => { context.health.addReady('cache', check); context.log.info('added'); });
    const check = () => { if (!ready) throw new Error('not synced'); };
    context.metrics.counter({ name: 'reckon_sample_total', help: 'Sample.' }).inc();
    process.on('SIGUSR2', () => { ready = true; context.log.info('synced'); });
    context.log.info('running');
    await aborted(context.signal);`);
  await run.line('running');
  assert.deepEqual(await get('/healthz'), { status: 200, body: '[+]loop ok\nhealthz check passed\n' });
  assert.deepEqual(await get('/readyz'), {
    status: 500,
    body: '[+]loop ok\n[-]startup failed: not done yet\nreadyz check failed\n',
  });
  run.child.kill('SIGUSR1');
  await run.line('added');
  assert.deepEqual(await get('/readyz'), {
    status: 500,
    body: '[+]loop ok\n[-]cache failed: not synced\nreadyz check failed\n',
  });
  run.child.kill('SIGUSR2');
  await run.line('synced');
  assert.equal((await get('/readyz')).status, 200);
  const metrics = (await get('/metrics')).body;
  assert.match(metrics, /^reckon_sample_total 1$/m);
  assert.match(metrics, /^process_cpu_user_seconds_total /m);
  run.child.kill('SIGTERM');
  assert.equal(await run.exit(), EXIT.ok);
});

test('an error that nobody caught is logged and ends the process as failed', async () => {
  const thrown = start(`throw new Error('no database');`);
  assert.equal(await thrown.exit(), EXIT.failed);
  assert.match(JSON.stringify(thrown.lines.at(-1)), /"message":"no database"/);
  const rejected = start(`Promise.reject(new Error('forgotten')); await aborted(context.signal);`);
  assert.equal(await rejected.exit(), EXIT.failed);
  assert.equal(rejected.lines.at(-1)?.message, 'unhandled rejection');
});

test('a service that ends by itself counts as failed', async () => {
  assert.equal(await start('').exit(), EXIT.failed);
});

test('winding down that takes too long, or a second signal, ends the process as stuck', async () => {
  const slow = start(`context.log.info('running'); await new Promise(() => {});`);
  await slow.line('running');
  slow.child.kill('SIGTERM');
  assert.equal(await slow.exit(), EXIT.stuck);
  assert.equal(slow.lines.at(-1)?.message, 'did not stop in time');
  const twice = start(`context.log.info('running'); await new Promise(() => {});`);
  await twice.line('running');
  twice.child.kill('SIGTERM');
  await twice.line('stopping');
  twice.child.kill('SIGINT');
  assert.equal(await twice.exit(), EXIT.stuck);
  assert.equal(twice.lines.at(-1)?.message, 'told to stop again before being done');
});

test('how long winding down may take is asked of the configuration', async () => {
  const longer = join(dir, 'longer.json');
  writeFileSync(longer, JSON.stringify({ name: 'sample-of-350', healthSocket: socket, tls }));
  const slow = start(`context.log.info('running'); await new Promise(() => {});`, ['--config', longer]);
  await slow.line('running');
  slow.child.kill('SIGTERM');
  assert.equal(await slow.exit(), EXIT.stuck);
  assert.equal(slow.lines.at(-1)?.stopTimeoutMs, 350);
});

test('a wrong configuration is named and has its own exit code', async () => {
  const run = start('', ['--config', join(dir, 'absent.json')]);
  assert.equal(await run.exit(), EXIT.config);
  assert.match(String(run.lines[0]?.problem), /cannot read .*absent\.json/);
});
