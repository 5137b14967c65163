import { createHash } from 'node:crypto';
import { ApiError } from '@reckon/api';
import type { ContainerConfig, PodSandboxConfig } from '@reckon/proto/runtime/v1/api.ts';
import type { Clock } from '@reckon/service';
import type {
  ContainerInfo,
  ContainerStats,
  ContainerStatus,
  CreateContainer,
  ExecResult,
  FilesystemUse,
  ImageInfo,
  Runtime,
  RuntimeEvent,
  RuntimeHealth,
  RuntimeVersion,
  SandboxInfo,
  SandboxStatus,
  Subscription,
} from '../types.ts';
import { AddressPool } from './address-pool.ts';

export interface HollowOptions {
  readonly clock: Clock;
  /** Distinguishes the ids of this runtime's containers from those of others: the node's name. */
  readonly seed: string;
  /** IPv4 network from which pods get addresses, e.g. `10.244.7.0/24`. */
  readonly podCidr: string;
  /** What a container does by itself; by default it runs until it is stopped. */
  readonly behaviour?: ((config: ContainerConfig) => HollowBehaviour) | undefined;
  /** Whether an image can be had; by default every image can. */
  readonly hasImage?: ((image: string) => boolean) | undefined;
  /** Told each operation before it is done; may wait or throw. For tests that need a slow or failing runtime. */
  readonly intercept?: ((operation: string) => Promise<void> | void) | undefined;
}

export interface HollowBehaviour {
  /** It ends by itself after so long; undefined: never. */
  readonly runMs?: number | undefined;
  readonly exitCode?: number | undefined;
  /** The kernel ends it for want of memory, and that is told so long after its end; 0: just before it. */
  readonly outOfMemoryToldMs?: number | undefined;
  /** Output of `exec`ed commands, as probes and hooks run them. */
  readonly exec?: ((command: readonly string[]) => ExecResult) | undefined;
}

interface Sandbox {
  info: SandboxInfo;
  ips: readonly string[];
}

interface Container {
  status: ContainerStatus;
  readonly sandboxId: string;
  readonly behaviour: HollowBehaviour;
  cancelExit: () => void;
}

const KILLED = 137;
const TERMINATED = 143;
const NOTHING = new Uint8Array();

/**
 * A runtime whose containers exist only as state: lets one process carry thousands of nodes, and lets the control
 * plane be tried where containers cannot run. Timers exist only for containers that end by themselves.
 */
export class HollowRuntime implements Runtime {
  readonly #options: HollowOptions;
  readonly #idPrefix: string;
  #idCount = 0;
  readonly #addresses: AddressPool;
  readonly #sandboxes = new Map<string, Sandbox>();
  readonly #containers = new Map<string, Container>();
  readonly #listeners = new Set<(event: RuntimeEvent) => void>();
  /** By id. */
  readonly #pulled = new Map<string, ImageInfo>();

  constructor(options: HollowOptions) {
    this.#options = options;
    this.#idPrefix = createHash('sha256').update(options.seed).digest('hex').slice(0, 48);
    this.#addresses = new AddressPool(options.podCidr);
  }

  async version(): Promise<RuntimeVersion> {
    return { name: 'hollow', version: '1' };
  }

  async health(): Promise<RuntimeHealth> {
    return { runtimeReady: true, networkReady: true, message: '' };
  }

  async runPodSandbox(config: PodSandboxConfig): Promise<string> {
    await this.#options.intercept?.('runPodSandbox');
    const { metadata } = config;
    for (const { info } of this.#sandboxes.values()) {
      if (info.podUid === metadata?.uid && info.attempt === (metadata?.attempt ?? 0))
        throw new ApiError('AlreadyExists', `attempt ${info.attempt} of this pod's sandbox is ${info.id}`);
    }
    const hostNetwork = config.linux?.securityContext?.namespaceOptions?.network === 2;
    const info: SandboxInfo = {
      id: this.#newId(),
      podName: metadata?.name ?? '',
      podNamespace: metadata?.namespace ?? '',
      podUid: metadata?.uid ?? '',
      attempt: metadata?.attempt ?? 0,
      state: 'ready',
      createdAtMs: this.#options.clock.nowMs(),
      labels: config.labels ?? {},
      annotations: config.annotations ?? {},
    };
    this.#sandboxes.set(info.id, { info, ips: hostNetwork ? [] : [this.#addresses.take()] });
    return info.id;
  }

  async stopPodSandbox(id: string): Promise<void> {
    await this.#options.intercept?.('stopPodSandbox');
    const sandbox = this.#sandboxes.get(id);
    if (sandbox?.info.state !== 'ready') return;
    for (const container of this.#in(id)) this.#exit(container, KILLED);
    for (const ip of sandbox.ips) this.#addresses.give(ip);
    sandbox.ips = [];
    sandbox.info = { ...sandbox.info, state: 'notReady' };
    this.#emit({ type: 'exited', containerId: id, exitCode: KILLED, atMs: this.#options.clock.nowMs() });
  }

  async removePodSandbox(id: string): Promise<void> {
    await this.stopPodSandbox(id);
    for (const container of this.#in(id)) this.#containers.delete(container.status.id);
    this.#sandboxes.delete(id);
  }

  async podSandboxStatus(id: string): Promise<SandboxStatus> {
    const { info, ips } = this.#sandbox(id);
    return { ...info, ips };
  }

  async listPodSandboxes(): Promise<readonly SandboxInfo[]> {
    await this.#options.intercept?.('listPodSandboxes');
    return [...this.#sandboxes.values()].map(({ info }) => info);
  }

  async createContainer({ sandboxId, config }: CreateContainer): Promise<string> {
    await this.#options.intercept?.('createContainer');
    if (this.#sandbox(sandboxId).info.state !== 'ready')
      throw new ApiError('InternalError', `sandbox container "${sandboxId}" is not running`);
    const image = this.#image(config.image?.image ?? '');
    const id = this.#newId();
    const status: ContainerStatus = {
      id,
      name: config.metadata?.name ?? '',
      attempt: config.metadata?.attempt ?? 0,
      state: 'created',
      createdAtMs: this.#options.clock.nowMs(),
      startedAtMs: 0,
      finishedAtMs: 0,
      exitCode: 0,
      reason: '',
      message: '',
      image: image?.tags[0] ?? config.image?.image ?? '',
      imageRef: image?.id ?? '',
      logPath: '',
      labels: config.labels ?? {},
      annotations: config.annotations ?? {},
    };
    const behaviour = this.#options.behaviour?.(config) ?? {};
    this.#containers.set(id, { status, sandboxId, behaviour, cancelExit: () => {} });
    return id;
  }

  async startContainer(id: string): Promise<void> {
    await this.#options.intercept?.('startContainer');
    const container = this.#container(id);
    if (container.status.state !== 'created')
      throw new ApiError('InternalError', `container is in ${container.status.state} state`);
    const { clock } = this.#options;
    const { runMs, exitCode } = container.behaviour;
    container.status = { ...container.status, state: 'running', startedAtMs: clock.nowMs() };
    if (runMs !== undefined)
      container.cancelExit = clock.after(runMs, () => this.#exit(container, exitCode ?? 0));
    this.#emit({ type: 'started', containerId: id, pid: 0, atMs: clock.nowMs() });
  }

  async stopContainer(id: string, graceS: number): Promise<void> {
    await this.#options.intercept?.('stopContainer');
    const container = this.#containers.get(id);
    if (container) this.#exit(container, graceS > 0 ? TERMINATED : KILLED);
  }

  async removeContainer(id: string): Promise<void> {
    const container = this.#containers.get(id);
    if (!container) return;
    this.#exit(container, KILLED);
    this.#containers.delete(id);
  }

  async containerStatus(id: string): Promise<ContainerStatus> {
    return this.#container(id).status;
  }

  async listContainers(): Promise<readonly ContainerInfo[]> {
    await this.#options.intercept?.('listContainers');
    return [...this.#containers.values()].map(({ status, sandboxId }) => {
      const { id, name, attempt, state, createdAtMs, labels, annotations } = status;
      return { id, sandboxId, name, attempt, state, createdAtMs, labels, annotations };
    });
  }

  async updateContainerResources(id: string): Promise<void> {
    this.#container(id);
  }

  async reopenContainerLog(id: string): Promise<void> {
    this.#container(id);
  }

  async listContainerStats(): Promise<readonly ContainerStats[]> {
    return [];
  }

  async execSync(id: string, command: readonly string[]): Promise<ExecResult> {
    await this.#options.intercept?.('execSync');
    const container = this.#container(id);
    if (container.status.state !== 'running')
      throw new ApiError('InternalError', `container is in ${container.status.state} state`);
    return container.behaviour.exec?.(command) ?? { exitCode: 0, stdout: NOTHING, stderr: NOTHING };
  }

  async exec(): Promise<string> {
    throw noProcesses();
  }

  async attach(): Promise<string> {
    throw noProcesses();
  }

  async portForward(): Promise<string> {
    throw noProcesses();
  }

  async imageStatus(image: string): Promise<ImageInfo | undefined> {
    await this.#options.intercept?.('imageStatus');
    return this.#image(image);
  }

  async listImages(): Promise<readonly ImageInfo[]> {
    return [...this.#pulled.values()];
  }

  async pullImage(image: string): Promise<string> {
    await this.#options.intercept?.('pullImage');
    if (this.#options.hasImage?.(image) === false)
      throw new ApiError(
        'NotFound',
        `rpc error: code = NotFound desc = failed to pull and unpack image "${image}": not found`,
      );
    this.#pulled.set(imageId(image), imageInfo(image));
    this.#emit({ type: 'image', name: image });
    return imageId(image);
  }

  async removeImage(image: string): Promise<void> {
    if (this.#pulled.delete(imageId(image))) this.#emit({ type: 'image', name: image });
  }

  async imageFilesystem(): Promise<FilesystemUse | undefined> {
    return undefined;
  }

  events(listener: (event: RuntimeEvent) => void): Subscription {
    this.#listeners.add(listener);
    queueMicrotask(() => {
      if (this.#listeners.has(listener)) listener({ type: 'connected' });
    });
    return { close: () => this.#listeners.delete(listener) };
  }

  close(): void {
    this.#listeners.clear();
    for (const container of this.#containers.values()) container.cancelExit();
  }

  #newId(): string {
    this.#idCount++;
    return this.#idPrefix + this.#idCount.toString(16).padStart(16, '0');
  }

  /** By name or id. */
  #image(image: string): ImageInfo | undefined {
    return this.#pulled.get(image) ?? this.#pulled.get(imageId(image));
  }

  #sandbox(id: string): Sandbox {
    const sandbox = this.#sandboxes.get(id);
    if (!sandbox) throw new ApiError('NotFound', `pod sandbox ${id} is not there`);
    return sandbox;
  }

  #container(id: string): Container {
    const container = this.#containers.get(id);
    if (!container) throw new ApiError('NotFound', `container ${id} is not there`);
    return container;
  }

  #in(sandboxId: string): Container[] {
    return [...this.#containers.values()].filter((container) => container.sandboxId === sandboxId);
  }

  #exit(container: Container, exitCode: number): void {
    const { status } = container;
    // What never ran has no end that could be told.
    if (status.state !== 'running') return;
    container.cancelExit();
    const finishedAtMs = this.#options.clock.nowMs();
    const reason = exitCode === 0 ? 'Completed' : 'Error';
    container.status = { ...status, state: 'exited', finishedAtMs, exitCode, reason };
    const { outOfMemoryToldMs } = container.behaviour;
    if (outOfMemoryToldMs === 0) this.#tellOutOfMemory(status.id);
    this.#emit({ type: 'exited', containerId: status.id, exitCode, atMs: finishedAtMs });
    if (outOfMemoryToldMs)
      this.#options.clock.after(outOfMemoryToldMs, () => this.#tellOutOfMemory(status.id));
  }

  #tellOutOfMemory(containerId: string): void {
    this.#emit({ type: 'oom', containerId, atMs: this.#options.clock.nowMs() });
  }

  #emit(event: RuntimeEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

function imageId(image: string): string {
  return `sha256:${createHash('sha256').update(image).digest('hex')}`;
}

function imageInfo(image: string): ImageInfo {
  return {
    id: imageId(image),
    tags: [image],
    digests: [],
    sizeBytes: 1_000_000,
    uid: undefined,
    username: '',
  };
}

function noProcesses(): ApiError {
  return new ApiError('MethodNotAllowed', 'a hollow node runs no processes');
}
