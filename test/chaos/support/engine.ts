/**
 * A container engine for chaos tests. The one that answers is used; where none does, Debian's `docker.io` is started
 * with everything of its own below one directory, and ended with the process that started it, however that ends.
 */
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isRoot } from '@reckon/cli/host/machine.ts';
import { systemClock } from '@reckon/service';
import { ensurePrograms } from '../../support/packages.ts';

const run = promisify(execFile);
/** The end of its input says that whoever started the engine is gone. */
const GUARD = 'trap : TERM INT HUP; "$@" & pid=$!; read -r _; kill -TERM $pid 2>/dev/null; wait $pid; exit 0';
const START_LIMIT_MS = 30_000;

export interface Engine {
  /** For `DOCKER_HOST`; undefined: the usual place. */
  readonly host: string | undefined;
  stop(): Promise<void>;
}

/** Undefined where there is none and none can be had. */
export async function startEngine(): Promise<Engine | undefined> {
  // Testcontainers would want an image from a registry to clean up with; everything is removed by the tests themselves.
  process.env.TESTCONTAINERS_RYUK_DISABLED = 'true';
  // Otherwise it asks a bridge that need not be there where ports are published.
  process.env.TESTCONTAINERS_HOST_OVERRIDE = '127.0.0.1';
  if (await answers()) return { host: process.env.DOCKER_HOST, stop: async () => undefined };
  if (!isRoot() || !(await ensurePrograms(['dockerd'], ['docker.io']))) return undefined;
  return startOwn();
}

async function startOwn(): Promise<Engine> {
  const directory = mkdtempSync(join(tmpdir(), 'reckon-docker-'));
  const host = `unix://${directory}/docker.sock`;
  const options = [
    ...['--data-root', join(directory, 'data'), '--exec-root', join(directory, 'exec')],
    ...['--pidfile', join(directory, 'docker.pid'), '--host', host],
    // Nothing of the machine's own network is touched; containers get networks of their own.
    ...['--bridge', 'none', '--iptables=false', '--ip-masq=false'],
    ...['--default-address-pool', 'base=10.199.0.0/16,size=24'],
  ];
  const guard = spawn('/bin/sh', ['-c', GUARD, 'guard', 'dockerd', ...options], {
    stdio: ['pipe', 'ignore', 'pipe'],
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
  });
  let said = '';
  guard.stderr.on('data', (chunk) => {
    said = `${said}${chunk}`.slice(-4_000);
  });
  const ended = new Promise<void>((resolve) => guard.once('exit', () => resolve()));
  const untilMs = systemClock.monotonicMs() + START_LIMIT_MS;
  process.env.DOCKER_HOST = host;
  while (!(await answers())) {
    if (guard.exitCode !== null || systemClock.monotonicMs() > untilMs) {
      guard.stdin.end();
      throw new Error(`the container engine did not start:\n${said}`);
    }
    await systemClock.sleep(100);
  }
  return {
    host,
    stop: async () => {
      guard.stdin.end();
      await ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function answers(): Promise<boolean> {
  try {
    await run('docker', ['info', '--format', '{{.ServerVersion}}'], { timeout: 5_000 });
    return true;
  } catch {
    return false;
  }
}
