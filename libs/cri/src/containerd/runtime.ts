import { Client, credentials } from '@grpc/grpc-js';
import { ApiError } from '@reckon/api';
import {
  ImageServiceService as images,
  type LinuxContainerResources,
  type PodSandboxConfig,
  RuntimeServiceService as pods,
} from '@reckon/proto/runtime/v1/api.ts';
import type { Clock } from '@reckon/service';
import type {
  ContainerInfo,
  ContainerStats,
  ContainerStatus,
  CreateContainer,
  ExecResult,
  FilesystemUse,
  ImageInfo,
  PullOptions,
  Runtime,
  RuntimeEvent,
  RuntimeHealth,
  RuntimeVersion,
  SandboxInfo,
  SandboxStatus,
  StreamOptions,
  Subscription,
} from '../types.ts';
import { type CallOptions, type UnaryMethod, unary } from './call.ts';
import * as convert from './convert.ts';
import { followEvents } from './events.ts';

export interface ContainerdOptions {
  /** Path of containerd's unix socket. */
  readonly socket: string;
  readonly clock: Clock;
}

/** Lists of a node with hundreds of containers pass gRPC's default of 4 MiB. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;
/** What the runtime gets for work that should take milliseconds. */
const QUICK_MS = 10_000;
/** What it gets for work that starts or ends processes. */
const WORK_MS = 120_000;

/** A runtime that speaks CRI v1 on a unix socket, and containerd's event API beside it. */
export class ContainerdRuntime implements Runtime {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #subscriptions = new Set<Subscription>();

  constructor(options: ContainerdOptions) {
    this.#clock = options.clock;
    this.#client = new Client(`unix:${options.socket}`, credentials.createInsecure(), {
      'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
      'grpc.initial_reconnect_backoff_ms': 50,
      'grpc.max_reconnect_backoff_ms': 1_000,
    });
  }

  async version(): Promise<RuntimeVersion> {
    const answer = await this.#call(pods.version, {}, { timeoutMs: QUICK_MS });
    return { name: answer.runtimeName ?? '', version: answer.runtimeVersion ?? '' };
  }

  async health(): Promise<RuntimeHealth> {
    const { status } = await this.#call(pods.status, {}, { timeoutMs: QUICK_MS });
    const conditions = status?.conditions ?? [];
    const ready = (type: string) => conditions.some((c) => c.type === type && c.status === true);
    const message = conditions
      .filter((c) => c.status !== true)
      .map((c) => `${c.type} is false: ${c.reason}: ${c.message}`)
      .join('; ');
    return { runtimeReady: ready('RuntimeReady'), networkReady: ready('NetworkReady'), message };
  }

  async runPodSandbox(config: PodSandboxConfig, runtimeHandler = ''): Promise<string> {
    const request = { config, runtimeHandler };
    const answer = await this.#call(pods.runPodSandbox, request, { timeoutMs: 2 * WORK_MS });
    return answer.podSandboxId ?? '';
  }

  async stopPodSandbox(id: string): Promise<void> {
    await unlessGone(this.#call(pods.stopPodSandbox, { podSandboxId: id }));
  }

  async removePodSandbox(id: string): Promise<void> {
    await unlessGone(this.#call(pods.removePodSandbox, { podSandboxId: id }));
  }

  async podSandboxStatus(id: string): Promise<SandboxStatus> {
    const { status } = await this.#call(pods.podSandboxStatus, { podSandboxId: id }, { timeoutMs: QUICK_MS });
    if (!status) throw new ApiError('NotFound', `the runtime has no status of pod sandbox ${id}`);
    return convert.sandboxStatus(status);
  }

  async listPodSandboxes(): Promise<readonly SandboxInfo[]> {
    const { items } = await this.#call(pods.listPodSandbox, {}, { timeoutMs: QUICK_MS });
    return (items ?? []).map(convert.sandboxInfo);
  }

  async createContainer(request: CreateContainer): Promise<string> {
    const { sandboxId, config, sandboxConfig } = request;
    const answer = await this.#call(pods.createContainer, { podSandboxId: sandboxId, config, sandboxConfig });
    return answer.containerId ?? '';
  }

  async startContainer(id: string): Promise<void> {
    await this.#call(pods.startContainer, { containerId: id });
  }

  async stopContainer(id: string, graceS: number): Promise<void> {
    const request = { containerId: id, timeout: BigInt(Math.max(0, Math.ceil(graceS))) };
    await unlessGone(this.#call(pods.stopContainer, request, { timeoutMs: graceS * 1_000 + WORK_MS }));
  }

  async removeContainer(id: string): Promise<void> {
    await unlessGone(this.#call(pods.removeContainer, { containerId: id }));
  }

  async containerStatus(id: string): Promise<ContainerStatus> {
    const { status } = await this.#call(pods.containerStatus, { containerId: id }, { timeoutMs: QUICK_MS });
    if (!status) throw new ApiError('NotFound', `the runtime has no status of container ${id}`);
    return convert.containerStatus(status);
  }

  async listContainers(): Promise<readonly ContainerInfo[]> {
    const { containers } = await this.#call(pods.listContainers, {}, { timeoutMs: QUICK_MS });
    return (containers ?? []).map(convert.containerInfo);
  }

  async updateContainerResources(id: string, resources: LinuxContainerResources): Promise<void> {
    await this.#call(pods.updateContainerResources, { containerId: id, linux: resources });
  }

  async reopenContainerLog(id: string): Promise<void> {
    await this.#call(pods.reopenContainerLog, { containerId: id });
  }

  async listContainerStats(): Promise<readonly ContainerStats[]> {
    const { stats } = await this.#call(pods.listContainerStats, {}, { timeoutMs: QUICK_MS });
    return (stats ?? []).map(convert.containerStats);
  }

  async execSync(id: string, command: readonly string[], timeoutS: number): Promise<ExecResult> {
    const request = { containerId: id, cmd: [...command], timeout: BigInt(Math.ceil(timeoutS)) };
    const timeoutMs = timeoutS > 0 ? timeoutS * 1_000 + QUICK_MS : undefined;
    const answer = await this.#call(pods.execSync, request, { timeoutMs });
    const none = new Uint8Array();
    return { exitCode: answer.exitCode ?? 0, stdout: answer.stdout ?? none, stderr: answer.stderr ?? none };
  }

  async exec(id: string, stream: StreamOptions & { readonly command: readonly string[] }): Promise<string> {
    const { command, stdin, stdout, stderr, tty } = stream;
    const request = { containerId: id, cmd: [...command], stdin, stdout, stderr, tty };
    return (await this.#call(pods.exec, request)).url ?? '';
  }

  async attach(id: string, stream: StreamOptions): Promise<string> {
    const { stdin, stdout, stderr, tty } = stream;
    return (await this.#call(pods.attach, { containerId: id, stdin, stdout, stderr, tty })).url ?? '';
  }

  async portForward(sandboxId: string, ports: readonly number[]): Promise<string> {
    return (await this.#call(pods.portForward, { podSandboxId: sandboxId, port: [...ports] })).url ?? '';
  }

  async imageStatus(image: string): Promise<ImageInfo | undefined> {
    const answer = await this.#call(images.imageStatus, { image: { image } }, { timeoutMs: QUICK_MS });
    return answer.image ? convert.imageInfo(answer.image) : undefined;
  }

  async listImages(): Promise<readonly ImageInfo[]> {
    const answer = await this.#call(images.listImages, {}, { timeoutMs: QUICK_MS });
    return (answer.images ?? []).map(convert.imageInfo);
  }

  async pullImage(image: string, pull: PullOptions = {}): Promise<string> {
    const request = { image: { image }, ...(pull.auth ? { auth: { ...pull.auth } } : {}) };
    const answer = await this.#call(images.pullImage, request, { timeoutMs: undefined, signal: pull.signal });
    return answer.imageRef ?? '';
  }

  async removeImage(image: string): Promise<void> {
    await this.#call(images.removeImage, { image: { image } });
  }

  async imageFilesystem(): Promise<FilesystemUse | undefined> {
    const answer = await this.#call(images.imageFsInfo, {}, { timeoutMs: QUICK_MS });
    const first = answer.imageFilesystems?.[0];
    if (!first) return undefined;
    return { mountpoint: first.fsId?.mountpoint ?? '', usedBytes: Number(first.usedBytes?.value ?? 0n) };
  }

  events(listener: (event: RuntimeEvent) => void): Subscription {
    const subscription = followEvents(this.#client, this.#clock, listener);
    this.#subscriptions.add(subscription);
    return {
      close: () => {
        this.#subscriptions.delete(subscription);
        subscription.close();
      },
    };
  }

  close(): void {
    for (const subscription of this.#subscriptions) subscription.close();
    this.#subscriptions.clear();
    this.#client.close();
  }

  #call<Req, Res>(
    method: UnaryMethod<Req, Res>,
    request: Req,
    options: CallOptions = { timeoutMs: WORK_MS },
  ): Promise<Res> {
    return unary(this.#client, this.#clock, method, request, options);
  }
}

/** What is not there is stopped and removed. */
async function unlessGone(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof ApiError && error.reason === 'NotFound')) throw error;
  }
}
