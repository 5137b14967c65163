/**
 * A real Postgres for one test process, set as the one that runs in a cluster. It lives in a directory of its own and
 * ends with the process that started it, however that ends: the shell that guards it waits for the end of its input.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { systemClock } from '@reckon/service';
import pg from 'pg';
import { INITDB_ARGUMENTS, postgresArguments } from '../postgres-settings.ts';
import { layOutPostgres } from './binaries.ts';

/** Postgres refuses to run as root. Nobody has an entry in every passwd, which initdb looks for. */
const UNPRIVILEGED = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : undefined;
const USER = 'reckon';
/** A line means stop; the end of the input, that whoever started it is gone and nobody else will clean up. */
const GUARD =
  'trap : TERM INT HUP; directory=$1; shift; "$@" & pid=$!; read -r _; told=$?; kill -QUIT $pid 2>/dev/null; wait $pid; [ $told = 0 ] || rm -rf "$directory"';

export interface PostgresAddress {
  /** Directory of the Unix socket. */
  readonly host: string;
  readonly user: string;
}

export interface ThrowAwayPostgresOptions {
  readonly settings?: Readonly<Record<string, string>>;
  /** Where its data lies; default: within its own directory. For tests of a full disk. */
  readonly dataDirectory?: string;
}

export class ThrowAwayPostgres {
  readonly directory: string;
  readonly #options: ThrowAwayPostgresOptions;
  readonly #data: string;
  #guard: ChildProcess | undefined;

  private constructor(options: ThrowAwayPostgresOptions) {
    this.#options = options;
    this.directory = mkdtempSync(join(tmpdir(), 'reckon-postgres-'));
    this.#data = options.dataDirectory ?? join(this.directory, 'data');
  }

  static async create(options: ThrowAwayPostgresOptions = {}): Promise<ThrowAwayPostgres> {
    const postgres = new ThrowAwayPostgres(options);
    layOutPostgres(join(postgres.directory, 'pg'), UNPRIVILEGED);
    mkdirSync(postgres.#data, { recursive: true, mode: 0o700 });
    if (UNPRIVILEGED) {
      chownSync(postgres.directory, UNPRIVILEGED.uid, UNPRIVILEGED.gid);
      chownSync(postgres.#data, UNPRIVILEGED.uid, UNPRIVILEGED.gid);
    }
    execFileSync(
      join(postgres.directory, 'pg/bin/initdb'),
      [...INITDB_ARGUMENTS, '--no-sync', '--auth=trust', `--username=${USER}`, '-D', postgres.#data],
      { ...UNPRIVILEGED, cwd: postgres.directory, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    await postgres.start();
    return postgres;
  }

  get address(): PostgresAddress {
    return { host: this.directory, user: USER };
  }

  /** Resolves once it accepts connections. */
  async start(): Promise<void> {
    const settings = postgresArguments({
      listen_addresses: '',
      unix_socket_directories: this.directory,
      ...this.#options.settings,
    });
    const command = [join(this.directory, 'pg/bin/postgres'), '-D', this.#data, ...settings];
    const guard = spawn('/bin/sh', ['-c', GUARD, 'guard', this.directory, ...command], {
      ...UNPRIVILEGED,
      cwd: this.directory,
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    this.#guard = guard;
    const said: string[] = [];
    const ready = new Promise<void>((resolve, reject) => {
      createInterface({ input: guard.stderr }).on('line', (line) => {
        if (said.length < 100) said.push(line);
        if (line.includes('ready to accept connections')) resolve();
        if (line.includes('database system is shut down') || /FATAL: {2}(?!the database system)/.test(line)) {
          reject(new Error(`Postgres did not start:\n${said.join('\n')}`));
        }
      });
      guard.once('exit', () => reject(new Error(`Postgres ended:\n${said.join('\n')}`)));
    });
    await ready;
    // It must not keep a process alive that is done.
    guard.unref();
    for (const stream of [guard.stdin, guard.stderr]) if (stream instanceof Socket) stream.unref();
  }

  /** For what only an administrator does; the caller ends it. */
  async connect(database: string): Promise<pg.Client> {
    const client = new pg.Client({ ...this.address, database });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  /** As a crash of the machine would, but for the page cache: every process at once, without a word. */
  async kill(): Promise<void> {
    // Stopped, the postmaster starts no further process between being asked for them and their end.
    const [postmaster = 0] = this.#pids();
    process.kill(postmaster, 'SIGSTOP');
    const pids = this.#pids();
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    await this.stop();
    // The next postmaster refuses to start while one of them still holds the shared memory.
    while (pids.some(isAlive)) await systemClock.sleep(2);
  }

  /** Stops answering without closing anything, as a stalled machine does. */
  pause(): void {
    for (const pid of this.#pids()) process.kill(pid, 'SIGSTOP');
  }

  resume(): void {
    for (const pid of this.#pids()) process.kill(pid, 'SIGCONT');
  }

  /** Ends it at once, without a checkpoint; connections are told. */
  async stop(): Promise<void> {
    const guard = this.#guard;
    this.#guard = undefined;
    if (!guard || guard.exitCode !== null || guard.signalCode !== null) return;
    const exited = once(guard, 'exit');
    guard.ref();
    guard.stdin?.end('stop\n');
    await exited;
  }

  /** A copy of all that is on disk; only while stopped. The result puts it back, behind everybody's back. */
  backup(): () => void {
    const copy = `${this.#data}.copy`;
    rmSync(copy, { recursive: true, force: true });
    copyDirectory(this.#data, copy);
    return () => {
      rmSync(this.#data, { recursive: true, force: true });
      copyDirectory(copy, this.#data);
    };
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** The postmaster and its children, the postmaster first so that it starts no others. */
  #pids(): number[] {
    const postmaster = Number(readFileSync(join(this.#data, 'postmaster.pid'), 'utf8').split('\n', 1)[0]);
    const children = readFileSync(`/proc/${postmaster}/task/${postmaster}/children`, 'utf8');
    return [postmaster, ...children.trim().split(' ').filter(Boolean).map(Number)];
  }
}

function isAlive(pid: number): boolean {
  try {
    // Third field: Z is dead, but not yet buried.
    return !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** With owners and modes, which Postgres checks. */
function copyDirectory(from: string, to: string): void {
  if (!UNPRIVILEGED) cpSync(from, to, { recursive: true, preserveTimestamps: true });
  else execFileSync('cp', ['-a', from, to]);
}
