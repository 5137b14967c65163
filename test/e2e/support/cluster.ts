import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, globSync, mkdtempSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '@reckon/cli/api/connect.ts';
import { buildAndLoad, loadImage } from '@reckon/cli/commands/image.ts';
import { type ClusterStatus, status } from '@reckon/cli/commands/status.ts';
import { isFreeNetwork } from '@reckon/cli/host/addresses.ts';
import { whyNoContainers } from '@reckon/cli/host/machine.ts';
import { isAlive, signal } from '@reckon/cli/host/processes.ts';
import { lastLines } from '@reckon/cli/output/tail.ts';
import { loadSettings } from '@reckon/cli/state/cluster.ts';
import { type Layout, layoutOf } from '@reckon/cli/state/layout.ts';
import { runningSupervisor } from '@reckon/cli/supervisor/client.ts';
import type { GrpcApi } from '@reckon/client';
import { freePort, systemClock } from '@reckon/service';
import { Following } from './following.ts';

/** For the `skip` option of tests that need real containers; false if they can be had. */
export function skipWithoutContainers(): string | false {
  return whyNoContainers() ?? false;
}

export interface TestClusterOptions {
  /** Nodes that run containers; default 1, or 0 where `hollow` is given. */
  readonly nodes?: number;
  /** Nodes that only pretend. */
  readonly hollow?: number;
  /** Images of the catalogue that are built and loaded: `spring-server`, `busybox`. */
  readonly images?: readonly string[];
  /** Further options of `up`. */
  readonly up?: readonly string[];
}

export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface KubectlOptions {
  /** Sent to its standard input, for `apply -f -`. */
  readonly input?: string;
  readonly timeoutMs?: number;
  /** Another kubectl than the one in the PATH. */
  readonly program?: string;
  readonly env?: { readonly [name: string]: string };
}

const CLI = join(import.meta.dirname, '..', '..', '..', 'services', 'cli', 'src', 'main.ts');
const COMMAND_TIMEOUT_MS = 180_000;
const KUBECTL_TIMEOUT_MS = 60_000;
const UNTIL_TIMEOUT_MS = 60_000;

/**
 * A throw-away cluster of its own: state directory, ports, cluster id and address ranges are no other's, so that it
 * runs beside whatever runs already. Only node ports are the machine's: two clusters cannot both have 30000.
 *
 * ```ts
 * const cluster = await TestCluster.start({ images: ['busybox'] });
 * after(() => cluster.stop());
 * ```
 */
export class TestCluster {
  readonly layout: Layout;
  readonly #slot: Slot;
  readonly #stopAtExit: () => void;
  #api: GrpcApi | undefined;

  private constructor(layout: Layout, slot: Slot) {
    this.layout = layout;
    this.#slot = slot;
    // A test that is cut off must not leave a cluster behind.
    this.#stopAtExit = () => {
      spawnSync(process.execPath, [CLI, ...this.#downArgs()], {
        stdio: 'ignore',
        timeout: COMMAND_TIMEOUT_MS,
      });
    };
    process.on('exit', this.#stopAtExit);
    process.once('SIGTERM', exitOnSignal);
    process.once('SIGINT', exitOnSignal);
  }

  /** Resolves once all its nodes are Ready and the images are loaded. */
  static async start(options: TestClusterOptions = {}): Promise<TestCluster> {
    const slot = await claimSlot();
    const root = mkdtempSync(join(tmpdir(), STATE_PREFIX));
    // Postgres' user must be able to pass.
    chmodSync(root, 0o711);
    const cluster = new TestCluster(layoutOf(root), slot);
    try {
      await cluster.reckon([
        'up',
        ...['--port', String(await freePort()), '--grpc-port', String(await freePort())],
        ...['--agent-port', String(await freePort())],
        ...['--pod-cidr', slot.podCidr, '--service-cidr', slot.serviceCidr],
        ...(options.nodes === undefined ? [] : ['--nodes', String(options.nodes)]),
        ...(options.hollow === undefined ? [] : ['--hollow', String(options.hollow)]),
        ...(options.up ?? []),
      ]);
      for (const image of options.images ?? []) await buildAndLoad(root, image);
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  get stateDir(): string {
    return this.layout.root;
  }

  get kubeconfig(): string {
    return this.layout.kubeconfig;
  }

  /** The gRPC door, as administrator. */
  get api(): GrpcApi {
    this.#api ??= connect(this.stateDir);
    return this.#api;
  }

  /** Runs the command line on this cluster; throws with its output if it fails. */
  async reckon(args: readonly string[]): Promise<Output> {
    const [command = '', ...rest] = args;
    const all = [CLI, command, '--state', this.stateDir, ...rest];
    const output = await run(process.execPath, all, { timeoutMs: COMMAND_TIMEOUT_MS });
    if (output.code === 0) return output;
    throw new Error(
      `reckon ${args.join(' ')} ended with ${output.code}\n${output.stdout}${output.stderr}${this.report()}`,
    );
  }

  /** A command that goes on until it is stopped. */
  follow(args: readonly string[]): Following {
    const [command = '', ...rest] = args;
    return new Following(process.execPath, [CLI, command, '--state', this.stateDir, ...rest]);
  }

  /** Another cluster that was made from this one. */
  beside(stateDir: string): Pick<TestCluster, 'reckon' | 'kubectl'> {
    return new TestCluster(layoutOf(stateDir), this.#slot);
  }

  /** Runs kubectl, whatever comes of it. */
  tryKubectl(args: readonly string[], options: KubectlOptions = {}): Promise<Output> {
    const { program = 'kubectl', timeoutMs = KUBECTL_TIMEOUT_MS, input, env } = options;
    return run(program, args, { timeoutMs, input, env: { ...env, KUBECONFIG: this.kubeconfig } });
  }

  /** What kubectl prints; throws if it fails. */
  async kubectl(args: readonly string[], options: KubectlOptions = {}): Promise<string> {
    const { code, stdout, stderr } = await this.tryKubectl(args, options);
    if (code === 0) return stdout;
    throw new Error(`kubectl ${args.join(' ')} ended with ${code}\n${stdout}${stderr}`);
  }

  /** `kubectl apply -f -` of these objects, or of YAML as it stands. */
  apply(manifest: string | readonly object[]): Promise<string> {
    const input =
      typeof manifest === 'string'
        ? manifest
        : JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifest });
    return this.kubectl(['apply', '-f', '-'], { input });
  }

  /** Asks again and again until it is so; fails with the ends of the logs if that takes longer than a minute. */
  async until(isSo: () => Promise<boolean>): Promise<void> {
    const startedMs = systemClock.monotonicMs();
    while (!(await isSo()))
      if (systemClock.monotonicMs() - startedMs > UNTIL_TIMEOUT_MS)
        throw new Error(`it did not come to that:\n${isSo}${this.report()}`);
  }

  status(): Promise<ClusterStatus> {
    return status(this.stateDir);
  }

  async loadImage(file: string): Promise<void> {
    await loadImage(this.stateDir, file);
  }

  /** kill -9 of one component; its supervisor starts it again. Returns the process id it had. */
  async kill(component: string): Promise<number> {
    const { components } = await this.status();
    const target = components.find(({ name }) => name === component)?.process;
    if (!target || !signal(target, 'SIGKILL')) throw new Error(`${component} does not run`);
    return target.pid;
  }

  /** A component that hangs: it holds its connections and answers nobody. The result lets it go on. */
  async freeze(component: string): Promise<() => void> {
    const { components } = await this.status();
    const target = components.find(({ name }) => name === component)?.process;
    if (!target || !signal(target, 'SIGSTOP')) throw new Error(`${component} does not run`);
    return () => signal(target, 'SIGCONT');
  }

  /** kill -9 of the supervisor and of everything it runs, as when the power goes; containers live on. */
  async killEverything(): Promise<void> {
    const { components } = await this.status();
    const supervisor = runningSupervisor(this.layout);
    // The supervisor first: it would start the others again.
    const targets = [supervisor, ...components.map((component) => component.process)];
    for (const target of targets) if (target) signal(target, 'SIGKILL');
    for (const target of targets) while (target && isAlive(target)) await systemClock.sleep(5);
  }

  /** The ends of all logs, for the message of a test that fails. */
  report(lines = 10): string {
    const names = [
      'supervisor',
      'postgres',
      'nats',
      'containerd',
      'apiserver',
      'scheduler',
      'controller-manager',
    ];
    return [...names, 'node-agent', 'node-agent-hollow']
      .filter((name) => existsSync(this.layout.log(name)))
      .map((name) => `\n--- ${name}\n${lastLines(this.layout.log(name), lines)}`)
      .join('');
  }

  /** Stops it and removes its state; throws if anything of it is left on the machine. */
  async stop(): Promise<void> {
    this.#api?.close();
    process.off('exit', this.#stopAtExit);
    try {
      const output = await run(process.execPath, [CLI, ...this.#downArgs()], {
        timeoutMs: COMMAND_TIMEOUT_MS,
      });
      if (output.code !== 0) throw new Error(`reckon down ended with ${output.code}\n${output.stderr}`);
      if (existsSync(join(this.stateDir, 'cluster.json'))) throw new Error(`${this.stateDir} is still there`);
    } finally {
      this.#slot.release();
    }
  }

  #downArgs(): readonly string[] {
    return ['down', '--state', this.stateDir, '--purge', '--grace', '0'];
  }
}

/** Address ranges that no other test cluster of this machine uses. */
interface Slot {
  readonly podCidr: string;
  readonly serviceCidr: string;
  release(): void;
}

const STATE_PREFIX = 'reckon-e2e-';
const SLOTS = 16;
const FIRST_SLOT_PORT = 47_800;

/** A slot belongs to whoever listens on its port: it is free again the moment that process ends, however it ends. */
async function claimSlot(): Promise<Slot> {
  for (let slot = 0; slot < SLOTS; slot++) {
    const server = await tryListen(FIRST_SLOT_PORT + slot);
    if (!server) continue;
    const [podCidr, serviceCidr] = [`10.${200 + slot}.0.0/16`, `10.${220 + slot}.0.0/16`];
    await removeAbandoned(podCidr);
    const isFree = isFreeNetwork();
    if (isFree(podCidr) && isFree(serviceCidr))
      return { podCidr, serviceCidr, release: () => server.close() };
    server.close();
  }
  throw new Error(`${SLOTS} test clusters run already`);
}

/** A test that was killed could not clean up: whoever gets its slot next does. */
async function removeAbandoned(podCidr: string): Promise<void> {
  for (const root of globSync(join(tmpdir(), `${STATE_PREFIX}*`))) {
    if (loadSettings(layoutOf(root))?.cluster.podCidr !== podCidr) continue;
    const down = ['down', '--state', root, '--purge', '--grace', '0'];
    await run(process.execPath, [CLI, ...down], { timeoutMs: COMMAND_TIMEOUT_MS });
  }
}

function tryListen(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      server.unref();
      resolve(server);
    });
  });
}

interface RunOptions {
  readonly timeoutMs: number;
  readonly input?: string | undefined;
  readonly env?: { readonly [name: string]: string };
}

function run(program: string, args: readonly string[], options: RunOptions): Promise<Output> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env: { ...process.env, ...options.env },
      timeout: options.timeoutMs,
      killSignal: 'SIGKILL',
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      stdout += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      stderr += chunk;
    });
    child.on('error', reject);
    child.on('close', (code, name) =>
      resolve({ code: code ?? -1, stdout, stderr: name ? `${stderr}${name}` : stderr }),
    );
    // A program that ends early need not have read its input.
    child.stdin.on('error', () => child.stdin.destroy());
    child.stdin.end(options.input ?? '');
  });
}

function exitOnSignal(): void {
  process.exit(1);
}
