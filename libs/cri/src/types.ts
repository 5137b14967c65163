import type {
  ContainerConfig,
  LinuxContainerResources,
  PodSandboxConfig,
} from '@reckon/proto/runtime/v1/api.ts';

/**
 * A container runtime as a node agent sees it: CRI v1, with answers narrowed to what is used and times in
 * milliseconds. What goes in is CRI's own configuration, unchanged.
 *
 * Every method rejects with an `ApiError`: `NotFound` for an id that is not there, `ServiceUnavailable` when the
 * runtime cannot be reached (the work may or may not have been done), `Timeout` after the method's deadline. The
 * message is what the runtime said, as gRPC programs print it (`rpc error: code = … desc = …`), because people
 * know it from there. Nothing is ever tried twice. Stopping and removing what is not there succeeds.
 */
export interface Runtime {
  version(): Promise<RuntimeVersion>;
  /** Whether containers and their networks can be made at this moment. */
  health(): Promise<RuntimeHealth>;

  /** @param handler which of its ways to run pods the runtime is to take; '' is its usual one. */
  runPodSandbox(config: PodSandboxConfig, handler?: string): Promise<string>;
  /** Takes the sandbox's network away and kills what is left in it. */
  stopPodSandbox(id: string): Promise<void>;
  /** Removes the sandbox and its containers. */
  removePodSandbox(id: string): Promise<void>;
  podSandboxStatus(id: string): Promise<SandboxStatus>;
  listPodSandboxes(): Promise<readonly SandboxInfo[]>;

  createContainer(request: CreateContainer): Promise<string>;
  startContainer(id: string): Promise<void>;
  /** SIGTERM (or the image's own stop signal), and SIGKILL after `graceS` seconds; resolves when it has ended. */
  stopContainer(id: string, graceS: number): Promise<void>;
  removeContainer(id: string): Promise<void>;
  containerStatus(id: string): Promise<ContainerStatus>;
  listContainers(): Promise<readonly ContainerInfo[]>;
  updateContainerResources(id: string, resources: LinuxContainerResources): Promise<void>;
  /** After the log file was moved away: makes the runtime write to a new one. */
  reopenContainerLog(id: string): Promise<void>;
  listContainerStats(): Promise<readonly ContainerStats[]>;

  /** Runs a command to its end. `Timeout` if it took longer than `timeoutS` (0: no limit). */
  execSync(id: string, command: readonly string[], timeoutS: number): Promise<ExecResult>;
  /** Each of these prepares a stream and answers the URL on which the runtime serves it, once. */
  exec(id: string, stream: StreamOptions & { readonly command: readonly string[] }): Promise<string>;
  attach(id: string, stream: StreamOptions): Promise<string>;
  /** WebSocket clients can only use these ports; SPDY clients name theirs in the stream. */
  portForward(sandboxId: string, ports: readonly number[]): Promise<string>;

  /** Undefined if the image is not on this machine. */
  imageStatus(image: string): Promise<ImageInfo | undefined>;
  listImages(): Promise<readonly ImageInfo[]>;
  /** Answers the reference by which the image can be used. */
  pullImage(image: string, pull?: PullOptions): Promise<string>;
  removeImage(image: string): Promise<void>;
  imageFilesystem(): Promise<FilesystemUse | undefined>;

  /** Follows what happens from now on, reconnecting by itself, until closed. */
  events(listener: (event: RuntimeEvent) => void): Subscription;
  close(): void;
}

export interface Subscription {
  close(): void;
}

export interface CreateContainer {
  readonly sandboxId: string;
  readonly config: ContainerConfig;
  /** The configuration that the sandbox was made with. */
  readonly sandboxConfig: PodSandboxConfig;
}

export type SandboxState = 'ready' | 'notReady';
export type ContainerState = 'created' | 'running' | 'exited' | 'unknown';

export interface RuntimeVersion {
  readonly name: string;
  readonly version: string;
}

export interface RuntimeHealth {
  readonly runtimeReady: boolean;
  readonly networkReady: boolean;
  /** What is wrong, for people; empty if nothing is. */
  readonly message: string;
}

export interface SandboxInfo {
  readonly id: string;
  readonly podName: string;
  readonly podNamespace: string;
  readonly podUid: string;
  readonly attempt: number;
  readonly state: SandboxState;
  readonly createdAtMs: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface SandboxStatus extends SandboxInfo {
  /** Empty for a pod in the node's own network. */
  readonly ips: readonly string[];
}

export interface ContainerInfo {
  readonly id: string;
  readonly sandboxId: string;
  readonly name: string;
  readonly attempt: number;
  readonly state: ContainerState;
  readonly createdAtMs: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface ContainerStatus {
  readonly id: string;
  readonly name: string;
  readonly attempt: number;
  readonly state: ContainerState;
  readonly createdAtMs: number;
  /** 0: not yet. */
  readonly startedAtMs: number;
  /** 0: not yet. */
  readonly finishedAtMs: number;
  readonly exitCode: number;
  /** `Completed`, `Error`, `OOMKilled`, `StartError`, … */
  readonly reason: string;
  readonly message: string;
  /** As the container was made with. */
  readonly image: string;
  /** `docker.io/library/nginx@sha256:…`, or the image's id where it has no digest. */
  readonly imageRef: string;
  readonly logPath: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface ContainerStats {
  readonly id: string;
  readonly atMs: number;
  /** Cumulative. */
  readonly cpuUsageNs: bigint;
  readonly memoryWorkingSetBytes: number;
  readonly writableLayerBytes: number;
  readonly labels: Readonly<Record<string, string>>;
}

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
}

export interface StreamOptions {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

export interface ImageInfo {
  /** `sha256:…` of its configuration. */
  readonly id: string;
  readonly tags: readonly string[];
  readonly digests: readonly string[];
  readonly sizeBytes: number;
  /** User of the image: undefined if it names one by name or none. */
  readonly uid: number | undefined;
  /** Empty if it gives a number or nothing. */
  readonly username: string;
}

export interface PullOptions {
  readonly auth?: RegistryAuth | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface RegistryAuth {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** Base64 of `username:password`. */
  readonly auth?: string | undefined;
  readonly identityToken?: string | undefined;
  readonly registryToken?: string | undefined;
  readonly serverAddress?: string | undefined;
}

export interface FilesystemUse {
  readonly mountpoint: string;
  readonly usedBytes: number;
}

/**
 * What the runtime reports by itself. Events are hints with content: they may be lost (while not connected), never
 * invented; whoever needs completeness lists again at each `connected`.
 */
export type RuntimeEvent =
  /** At first and after each interruption: everything before may have been missed. */
  | { readonly type: 'connected' }
  | { readonly type: 'disconnected'; readonly error: Error }
  /** The id may also be a sandbox's. */
  | { readonly type: 'started'; readonly containerId: string; readonly pid: number; readonly atMs: number }
  /** The container's own first process ended (never an exec's). The id may also be a sandbox's. */
  | {
      readonly type: 'exited';
      readonly containerId: string;
      readonly exitCode: number;
      readonly atMs: number;
    }
  | { readonly type: 'oom'; readonly containerId: string; readonly atMs: number }
  /** An image came, changed or went. */
  | { readonly type: 'image'; readonly name: string };
