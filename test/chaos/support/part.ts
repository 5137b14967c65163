/** Postgres or NATS in a container of its own, and everything bad that can happen to it. */
import { execFileSync } from 'node:child_process';
import { chownSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  GenericContainer,
  getContainerRuntimeClient,
  type StartedNetwork,
  type StartedTestContainer,
  Wait,
} from 'testcontainers';
import { CONTAINER_USER } from './images.ts';

export interface PartOptions {
  readonly image: string;
  readonly network: StartedNetwork;
  readonly containerPort: number;
  /** On this machine; stays the same over restarts. */
  readonly port: number;
  /** On this machine: its storage outlives the container. */
  readonly directory: string;
  readonly readyLine: RegExp;
}

export class Part {
  readonly #options: PartOptions;
  readonly #container: StartedTestContainer;
  #copies = 0;

  private constructor(options: PartOptions, container: StartedTestContainer) {
    this.#options = options;
    this.#container = container;
  }

  static async start(options: PartOptions): Promise<Part> {
    const storage = join(options.directory, 'storage');
    mkdirSync(storage, { recursive: true, mode: 0o700 });
    chownSync(storage, CONTAINER_USER, CONTAINER_USER);
    const container = await new GenericContainer(options.image)
      .withNetwork(options.network)
      .withExposedPorts({ container: options.containerPort, host: options.port })
      .withBindMounts([{ source: storage, target: '/data' }])
      .withWaitStrategy(Wait.forLogMessage(options.readyLine))
      .start();
    return new Part(options, container);
  }

  /** As a crash would. */
  async kill(): Promise<void> {
    await (await this.#handle()).kill();
  }

  async startAgain(): Promise<void> {
    await (await this.#handle()).start();
  }

  /** Stops answering without closing anything, as a stalled machine does. */
  async pause(): Promise<void> {
    await (await this.#handle()).pause();
  }

  async resume(): Promise<void> {
    await (await this.#handle()).unpause();
  }

  /** Packets get lost from now on; nobody is told. */
  async cut(): Promise<void> {
    this.#link('down');
  }

  async mend(): Promise<void> {
    this.#link('up');
  }

  /** Only while it is stopped. */
  wipe(): void {
    const storage = this.#storage;
    for (const name of readdirSync(storage)) rmSync(join(storage, name), { recursive: true, force: true });
  }

  /** A copy of its storage, only while it is stopped. The result puts it back. */
  save(): () => void {
    const copy = join(this.#options.directory, `copy-${this.#copies++}`);
    execFileSync('cp', ['-a', this.#storage, copy]);
    return () => {
      this.wipe();
      for (const name of readdirSync(copy)) execFileSync('cp', ['-a', join(copy, name), this.#storage]);
    };
  }

  async remove(): Promise<void> {
    await this.#container.stop({ timeout: 1_000 });
  }

  get #storage(): string {
    return join(this.#options.directory, 'storage');
  }

  async #handle() {
    const { container } = await getContainerRuntimeClient();
    return container.getById(this.#container.getId());
  }

  /** The machine's end of the cable into the container. */
  #link(state: 'up' | 'down'): void {
    const { pid } = JSON.parse(
      execFileSync('docker', [
        'inspect',
        '--format',
        '{"pid":{{.State.Pid}}}',
        this.#container.getId(),
      ]).toString(),
    );
    const links = execFileSync('nsenter', [
      '-t',
      String(pid),
      '-n',
      'ip',
      '-o',
      'link',
      'show',
      'eth0',
    ]).toString();
    const peer = /@if(\d+):/.exec(links)?.[1];
    const name = readdirSync('/sys/class/net').find(
      (each) => readFileSync(`/sys/class/net/${each}/ifindex`, 'utf8').trim() === peer,
    );
    if (name === undefined) throw new Error(`no link on this machine leads into the container: ${links}`);
    execFileSync('ip', ['link', 'set', name, state]);
  }
}
