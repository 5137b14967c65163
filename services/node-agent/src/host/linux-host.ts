import { mkdir, readdir, rm } from 'node:fs/promises';
import { ApiError } from '@reckon/api';
import { CONFIG_MAPS, type Frozen, RUNTIME_CLASSES, SECRETS } from '@reckon/client';
import type { ConfigMap } from '@reckon/proto/reckon/api/core/v1/config_map.ts';
import type { Secret } from '@reckon/proto/reckon/api/core/v1/secret.ts';
import type { Service } from '@reckon/proto/reckon/api/core/v1/service.ts';
import type { RuntimeClass } from '@reckon/proto/reckon/api/node/v1/runtime_class.ts';
import type { ContainerConfig, PodSandboxConfig } from '@reckon/proto/runtime/v1/api.ts';
import type { PodCgroups } from '../cgroup/types.ts';
import { containerConfig } from '../container/container-config.ts';
import type { DnsSettings } from '../container/dns.ts';
import { containerEnv } from '../container/env.ts';
import type { PodFacts } from '../container/fields.ts';
import { type OomSettings, podShare } from '../container/resources.ts';
import { sandboxConfig } from '../container/sandbox-config.ts';
import { serviceEnv } from '../container/service-env.ts';
import type { SharedObjects } from '../objects/shared-objects.ts';
import { allContainers, type PodModel } from '../pod/model.ts';
import type { ContainerInstance } from '../pod/types.ts';
import type { Volumes } from '../volumes/volumes.ts';
import type { Layout } from './layout.ts';
import { containerMounts } from './mounts.ts';
import { lastWords } from './termination-message.ts';
import type { ContainerRequest, PodHost } from './types.ts';

export interface LinuxHostOptions {
  readonly layout: Layout;
  readonly cgroups: PodCgroups;
  readonly cgroupV2: boolean;
  readonly volumes: Volumes;
  readonly objects: SharedObjects;
  /** All Services, once they were read. */
  readonly services: () => Promise<readonly Frozen<Service>[]>;
  readonly dns: DnsSettings;
  readonly oom: OomSettings;
  readonly nodeIps: readonly string[];
  readonly nodeHosts: string;
  readonly allocatable: () => Readonly<Record<string, string>>;
}

/** Pods on a Linux machine. */
export class LinuxHost implements PodHost {
  readonly #options: LinuxHostOptions;
  /** Pods whose directories and cgroup this agent has made. */
  readonly #made = new Map<string, Promise<unknown>>();

  constructor(options: LinuxHostOptions) {
    this.#options = options;
  }

  async sandboxConfig(pod: PodModel, attempt: number): Promise<PodSandboxConfig> {
    const { layout, cgroups, dns } = this.#options;
    const logDirectory = layout.podLogsDir(pod);
    let made = this.#made.get(pod.uid);
    if (!made) {
      made = Promise.all([
        mkdir(layout.podDir(pod.uid), { recursive: true }),
        mkdir(logDirectory, { recursive: true }),
        cgroups.set(pod.uid, podShare(pod)),
      ]);
      this.#made.set(pod.uid, made);
      made.catch(() => this.#made.delete(pod.uid));
    }
    await made;
    return sandboxConfig({
      pod,
      attempt,
      logDirectory,
      cgroupParent: cgroups.pathOf(pod.uid),
      dns,
    });
  }

  async runtimeHandler(pod: PodModel): Promise<string> {
    const name = pod.object.spec?.runtimeClassName;
    if (!name) return '';
    const target = { namespace: '', name };
    const found = await this.#options.objects.use<RuntimeClass>(pod.uid, RUNTIME_CLASSES, target);
    if (!found) throw new ApiError('NotFound', `runtimeclass.node.k8s.io "${name}" not found`);
    return found.handler ?? '';
  }

  prepareVolumes(pod: PodModel): Promise<void> {
    return this.#options.volumes.prepare(pod);
  }

  async releaseVolumes(pod: PodModel): Promise<void> {
    await this.#options.volumes.release(pod.uid);
    this.#options.objects.release(pod.uid);
  }

  async containerConfig(request: ContainerRequest): Promise<ContainerConfig> {
    const { layout, volumes, dns, oom, cgroupV2, nodeIps, nodeHosts, allocatable } = this.#options;
    const { pod, container, attempt, sandbox } = request;
    const podIps = pod.hostNetwork ? nodeIps : sandbox.ips;
    const facts: PodFacts = { podIps, hostIps: nodeIps };
    const env = await containerEnv(pod, container, {
      configMap: (name) => this.#configMap(pod, name),
      secret: (name) => this.#secret(pod, name),
      services: await this.#serviceEnv(pod),
      facts,
      allocatable: allocatable(),
    });
    const { clusterDomain } = dns;
    const mounts = await containerMounts({ request, env, layout, volumes, podIps, clusterDomain, nodeHosts });
    const logPath = layout.containerLog({ name: container.name, attempt });
    await mkdir(`${layout.podLogsDir(pod)}/${container.name}`, { recursive: true });
    return containerConfig({ request, env, mounts, logPath, oom, cgroupV2 });
  }

  terminationMessage(pod: PodModel, instance: ContainerInstance): Promise<string> {
    const { layout } = this.#options;
    const container = allContainers(pod).find((each) => each.name === instance.name);
    return lastWords({
      file: layout.terminationFile(pod.uid, instance),
      logFile: this.logPath(pod, instance),
      fallbackToLogs:
        container?.spec.terminationMessagePolicy === 'FallbackToLogsOnError' && instance.exitCode !== 0,
    });
  }

  logPath(pod: PodModel, container: { readonly name: string; readonly attempt: number }): string {
    const { layout } = this.#options;
    return `${layout.podLogsDir(pod)}/${layout.containerLog(container)}`;
  }

  async removeContainer(pod: PodModel, instance: ContainerInstance): Promise<void> {
    const logFile = this.logPath(pod, instance);
    await Promise.all([
      rm(this.#options.layout.terminationFile(pod.uid, instance), { force: true }),
      removeLogs(logFile),
    ]);
  }

  async cleanUp(uid: string): Promise<void> {
    const { layout, volumes, objects, cgroups } = this.#options;
    this.#made.delete(uid);
    await volumes.release(uid);
    objects.release(uid);
    await Promise.all([
      rm(layout.podDir(uid), { recursive: true, force: true }),
      this.#removePodLogs(uid),
      cgroups.remove(uid),
    ]);
  }

  async leftovers(): Promise<readonly string[]> {
    const { layout, cgroups } = this.#options;
    const [pods, secrets, logs, groups] = await Promise.all([
      namesIn(layout.podsDir),
      namesIn(layout.secretsDir),
      namesIn(layout.logsDir),
      cgroups.list(),
    ]);
    return [...new Set([...pods, ...secrets, ...groups, ...logs.map(uidOfLogs)])];
  }

  async #removePodLogs(uid: string): Promise<void> {
    const { logsDir } = this.#options.layout;
    const mine = (await namesIn(logsDir)).filter((name) => uidOfLogs(name) === uid);
    await Promise.all(mine.map((name) => rm(`${logsDir}/${name}`, { recursive: true, force: true })));
  }

  async #serviceEnv(pod: PodModel): Promise<ReadonlyMap<string, string>> {
    const enableServiceLinks = pod.object.spec?.enableServiceLinks !== false;
    return serviceEnv(await this.#options.services(), { namespace: pod.namespace, enableServiceLinks });
  }

  #configMap(pod: PodModel, name: string): Promise<Frozen<ConfigMap> | undefined> {
    return this.#options.objects.use<ConfigMap>(pod.uid, CONFIG_MAPS, { namespace: pod.namespace, name });
  }

  #secret(pod: PodModel, name: string): Promise<Frozen<Secret> | undefined> {
    return this.#options.objects.use<Secret>(pod.uid, SECRETS, { namespace: pod.namespace, name });
  }
}

async function namesIn(dir: string): Promise<readonly string[]> {
  try {
    return await readdir(dir);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

/** `NAMESPACE_NAME_UID`: none of the three has an underscore. */
function uidOfLogs(directory: string): string {
  return directory.slice(directory.lastIndexOf('_') + 1);
}

/** The log and what was rotated away from it. */
async function removeLogs(file: string): Promise<void> {
  const at = file.lastIndexOf('/');
  const dir = file.slice(0, at);
  const base = file.slice(at + 1);
  const mine = (await namesIn(dir)).filter((name) => name === base || name.startsWith(`${base}.`));
  await Promise.all(mine.map((name) => rm(`${dir}/${name}`, { force: true })));
}
