/** A real nats-server for tests, with JetStream in a directory of its own: to be killed, wiped and put back. */
import { type ChildProcess, spawn } from 'node:child_process';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@reckon/service';
import type { NatsOptions } from '../types.ts';

export class ThrowAwayNats {
  readonly options: NatsOptions;
  readonly #directory: string;
  readonly #port: number;
  #process: ChildProcess | undefined;
  #copies = 0;

  private constructor(directory: string, port: number) {
    this.#directory = directory;
    this.#port = port;
    this.options = { url: `nats://127.0.0.1:${port}` };
  }

  static async start(): Promise<ThrowAwayNats> {
    const nats = new ThrowAwayNats(await mkdtemp(join(tmpdir(), 'reckon-nats-')), await freePort());
    await nats.boot();
    return nats;
  }

  /** Starts the server (again) on what is in its directory. */
  async boot(): Promise<void> {
    const config = join(this.#directory, 'nats.conf');
    await writeFile(
      config,
      `listen: "127.0.0.1:${this.#port}"\njetstream { store_dir: "${this.#storage}", max_file_store: 1GB }\n`,
    );
    const child = spawn('nats-server', ['-c', config], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#process = child;
    await new Promise<void>((resolve, reject) => {
      let log = '';
      child.stderr?.on('data', (chunk: Buffer) => {
        log += chunk;
        if (log.includes('Server is ready')) resolve();
      });
      child.once('error', reject);
      child.once('exit', () => reject(new Error(`nats-server ended:\n${log}`)));
    });
  }

  /** `kill -9`. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (!child || child.exitCode !== null) return;
    await new Promise((resolve) => {
      child.once('exit', resolve);
      child.kill('SIGKILL');
    });
  }

  async wipe(): Promise<void> {
    await rm(this.#storage, { recursive: true, force: true });
  }

  /** A copy of the storage as it is now; the server must be down. */
  async save(): Promise<string> {
    const copy = join(this.#directory, `copy-${++this.#copies}`);
    await cp(this.#storage, copy, { recursive: true });
    return copy;
  }

  async restore(copy: string): Promise<void> {
    await this.wipe();
    await cp(copy, this.#storage, { recursive: true });
  }

  async dispose(): Promise<void> {
    await this.kill();
    await rm(this.#directory, { recursive: true, force: true });
  }

  get #storage(): string {
    return join(this.#directory, 'storage');
  }
}
