import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, test } from 'node:test';
import { EXIT, silentLogger, systemClock } from '@reckon/service';
import { identify, isAlive, type ProcessIdentity, signal } from '../host/processes.ts';
import { ChildrenFile, stopLeftovers } from './children.ts';
import { Supervisor } from './supervisor.ts';
import type { ComponentSpec, ComponentStatus, Phase } from './types.ts';

const dir = mkdtempSync(join(tmpdir(), 'reckon-supervisor-'));
after(() => rmSync(dir, { recursive: true }));
const running: Supervised[] = [];
afterEach(async () => {
  for (const each of running.splice(0)) await each.supervisor.stop();
});

/** A supervisor whose changes can be waited for. */
class Supervised {
  readonly supervisor: Supervisor;
  /** `name phase` of every change, in order. */
  readonly history: string[] = [];
  readonly #last = new Map<string, Phase>();
  #wake = Promise.withResolvers<void>();

  constructor(components: readonly ComponentSpec[]) {
    this.supervisor = new Supervisor({
      components,
      clock: systemClock,
      log: silentLogger,
      onChange: () => this.#changed(),
    });
    running.push(this);
    this.#changed();
    this.supervisor.start();
  }

  of(name: string): ComponentStatus {
    const status = this.supervisor.statuses.find((each) => each.name === name);
    assert.ok(status);
    return status;
  }

  processOf(name: string): ProcessIdentity {
    const { process } = this.of(name);
    assert.ok(process);
    return process;
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await this.#wake.promise;
  }

  #changed(): void {
    for (const { name, phase } of this.supervisor.statuses) {
      if (this.#last.get(name) === phase) continue;
      this.#last.set(name, phase);
      this.history.push(`${name} ${phase}`);
    }
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }
}

/** A process that says it is ready the way Postgres does, then runs `body`. */
function component(name: string, options: Partial<ComponentSpec> & { body?: string } = {}): ComponentSpec {
  const pidFile = join(dir, `${name}.pid`);
  const { body = 'exec sleep 600', ...rest } = options;
  return {
    name,
    command: ['sh', '-c', `printf '%s\\n\\n\\n\\n\\n\\n\\nready\\n' $$ >${pidFile}; ${body}`],
    env: {},
    cwd: dir,
    after: [],
    ready: { type: 'postmaster', pidFile },
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 5_000,
    logFile: join(dir, `${name}.log`),
    ...rest,
  };
}

test('each starts once those it comes after are ready, and stops before them', async () => {
  const each = new Supervised([
    component('agent', { after: ['server'] }),
    component('server', { after: ['database'] }),
    component('database'),
  ]);
  await each.until(() => each.of('agent').phase === 'ready');
  await each.supervisor.stop();
  assert.deepEqual(each.history, [
    'agent waiting',
    'server waiting',
    'database waiting',
    'database starting',
    'database ready',
    'server starting',
    'server ready',
    'agent starting',
    'agent ready',
    'agent stopping',
    'agent stopped',
    'server stopping',
    'server stopped',
    'database stopping',
    'database stopped',
  ]);
});

test('what ends by itself is started again, and says how it ended', async () => {
  const each = new Supervised([component('server')]);
  await each.until(() => each.of('server').phase === 'ready');
  const first = each.processOf('server');
  signal(first, 'SIGKILL');
  await each.until(() => each.of('server').phase === 'backoff');
  assert.equal(each.of('server').trouble, 'SIGKILL');
  await each.until(() => each.of('server').phase === 'ready');
  assert.equal(each.of('server').restarts, 1);
  assert.notEqual(each.processOf('server').pid, first.pid);
  assert.equal(isAlive(first), false);
});

test('a program that is not there, or that ends at once, is tried again at growing distances', async () => {
  const each = new Supervised([
    component('absent', { command: [join(dir, 'no-such-program')] }),
    component('broken', { command: ['sh', '-c', `exit ${EXIT.config}`] }),
  ]);
  await each.until(() => each.of('absent').restarts >= 2 && each.of('broken').restarts >= 1);
  assert.match(each.of('absent').trouble ?? '', /ENOENT/);
  assert.equal(each.of('broken').trouble, 'exit code 2');
});

test('what does not stop in time is killed', async () => {
  const each = new Supervised([
    component('stubborn', { body: "trap '' TERM; while :; do sleep 1; done", stopTimeoutMs: 100 }),
  ]);
  await each.until(() => each.of('stubborn').phase === 'ready');
  const process = each.processOf('stubborn');
  await each.supervisor.stop();
  assert.equal(isAlive(process), false);
});

test('stopping one stops what comes after it, and leaves the rest', async () => {
  const each = new Supervised([
    component('runtime'),
    component('database'),
    component('server', { after: ['database'] }),
  ]);
  await each.until(() => each.supervisor.statuses.every(({ phase }) => phase === 'ready'));
  await each.supervisor.stop(['database']);
  assert.deepEqual(
    each.supervisor.statuses.map(({ name, phase }) => `${name} ${phase}`),
    ['runtime ready', 'database stopped', 'server stopped'],
  );
});

test('the readiness that a killed process left behind counts for nothing', async () => {
  writeFileSync(join(dir, 'late.pid'), '1\n\n\n\n\n\n\nready\n');
  const gate = join(dir, 'gate');
  const each = new Supervised([
    component('late', {
      command: [
        'sh',
        '-c',
        `while [ ! -e ${gate} ]; do sleep 0.02; done; printf '%s\\n\\n\\n\\n\\n\\n\\nready\\n' $$ >${dir}/late.pid; exec sleep 600`,
      ],
    }),
  ]);
  await each.until(() => each.of('late').phase === 'starting');
  writeFileSync(gate, '');
  await each.until(() => each.of('late').phase === 'ready');
  assert.equal(
    readFileSync(join(dir, 'late.pid'), 'utf8').split('\n')[0],
    String(each.processOf('late').pid),
  );
});

test('a supervisor that comes after a killed one ends what that one left, and nobody else', async () => {
  const each = new Supervised([component('left'), component('other')]);
  await each.until(() => each.supervisor.statuses.every(({ phase }) => phase === 'ready'));
  const left = each.processOf('left');
  const other = each.processOf('other');
  const file = new ChildrenFile(join(dir, 'children.json'));
  file.write([each.of('left')]);
  assert.ok(existsSync(join(dir, 'children.json')));
  // The id of a process that lives, with the start time of one that does not: somebody else by now.
  await stopLeftovers([...file.read(), { ...other, startTime: '0' }], systemClock, silentLogger);
  assert.equal(isAlive(left), false);
  assert.equal(isAlive(other), true);
});

test('a process is known by its start time, not by its id alone', () => {
  const self = identify(process.pid);
  assert.ok(self);
  assert.equal(isAlive(self), true);
  assert.equal(isAlive({ ...self, startTime: `${self.startTime}0` }), false);
  assert.equal(identify(2 ** 22 + 1), undefined);
});
