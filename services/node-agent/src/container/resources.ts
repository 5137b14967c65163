import { parseQuantity, quantityMilliValue, quantityValue } from '@reckon/api';
import type { Frozen } from '@reckon/client';
import type { ResourceRequirements } from '@reckon/proto/reckon/api/core/v1/resources.ts';
import type { LinuxContainerResources } from '@reckon/proto/runtime/v1/api.ts';
import type { PodModel } from '../pod/model.ts';

/** What the kernel is told of requests and limits. */
export interface CpuAndMemory {
  /** Relative weight, as in cgroup v1's `cpu.shares`. */
  readonly cpuShares: number;
  /** Microseconds of CPU in each period; undefined: no limit. */
  readonly cpuQuotaUs: number | undefined;
  /** Undefined: no limit. */
  readonly memoryLimitBytes: number | undefined;
}

export const CPU_PERIOD_US = 100_000;
/** The kernel takes no less. */
const MIN_QUOTA_US = 1_000;
const MIN_SHARES = 2;
const MAX_SHARES = 262_144;

type Requirements = Frozen<ResourceRequirements> | undefined;

export function containerShare(resources: Requirements): CpuAndMemory {
  const memory = resources?.limits?.memory;
  const cpuLimit = milli(resources?.limits?.cpu);
  return {
    // Without a request the limit is the request, also where it was not filled in.
    cpuShares: shares(milli(resources?.requests?.cpu ?? resources?.limits?.cpu)),
    cpuQuotaUs: cpuLimit > 0 ? quota(cpuLimit) : undefined,
    memoryLimitBytes: memory === undefined ? undefined : quantityValue(parseQuantity(memory)) || undefined,
  };
}

/**
 * The pod as a whole: the sum of its containers, or the greatest of what its init containers need beside the sidecars
 * that already run, plus the overhead of its RuntimeClass. It has a limit only if each of its containers has.
 */
export function podShare(pod: PodModel): CpuAndMemory {
  const requestMilli = peak(pod, (resources) => milli(resources?.requests?.cpu ?? resources?.limits?.cpu));
  const limitMilli = peak(pod, (resources) => milli(resources?.limits?.cpu));
  const memory = peak(pod, (resources) => quantityValue(parseQuantity(resources?.limits?.memory ?? '0')));
  const { overhead } = pod.object.spec ?? {};
  const extraMilli = milli(overhead?.cpu);
  const extraMemory = quantityValue(parseQuantity(overhead?.memory ?? '0'));
  const all = [...pod.initContainers, ...pod.containers].map((container) => container.spec.resources?.limits);
  const everyone = (name: string) => all.every((limits) => milli(limits?.[name]) > 0);
  return {
    cpuShares: shares(requestMilli + extraMilli),
    cpuQuotaUs: everyone('cpu') ? quota(limitMilli + extraMilli) : undefined,
    memoryLimitBytes: everyone('memory') ? memory + extraMemory : undefined,
  };
}

function peak(pod: PodModel, of: (resources: Requirements) => number): number {
  let sidecars = 0;
  let init = 0;
  for (const container of pod.initContainers) {
    const value = of(container.spec.resources);
    if (container.role === 'sidecar') sidecars += value;
    init = Math.max(init, container.role === 'sidecar' ? sidecars : sidecars + value);
  }
  const apps = pod.containers.reduce((sum, container) => sum + of(container.spec.resources), 0);
  return Math.max(init, sidecars + apps);
}

function milli(quantity: string | undefined): number {
  return quantity === undefined ? 0 : quantityMilliValue(parseQuantity(quantity));
}

function shares(milliCpu: number): number {
  if (milliCpu === 0) return MIN_SHARES;
  return Math.min(Math.max(Math.floor((milliCpu * 1024) / 1000), MIN_SHARES), MAX_SHARES);
}

function quota(milliCpu: number): number {
  return Math.max(Math.floor((milliCpu * CPU_PERIOD_US) / 1000), MIN_QUOTA_US);
}

export interface OomSettings {
  readonly memoryCapacityBytes: number;
  /** The agent may not lower a process's oom_score_adj below its own (CAP_SYS_RESOURCE is missing). */
  readonly lowestOomScoreAdj: number;
}

const GUARANTEED_OOM_SCORE_ADJ = -997;
const BEST_EFFORT_OOM_SCORE_ADJ = 1000;

/**
 * Whom the kernel kills first when the node runs out of memory: best effort, then who uses more than he requested
 * (Kubernetes: "Node out of memory behavior").
 */
export function oomScoreAdj(pod: PodModel, resources: Requirements, settings: OomSettings): number {
  return Math.max(wantedOomScoreAdj(pod, resources, settings), settings.lowestOomScoreAdj);
}

function wantedOomScoreAdj(pod: PodModel, resources: Requirements, settings: OomSettings): number {
  switch (pod.qosClass) {
    case 'Guaranteed':
      return GUARANTEED_OOM_SCORE_ADJ;
    case 'BestEffort':
      return BEST_EFFORT_OOM_SCORE_ADJ;
    case 'Burstable': {
      const memory = quantityValue(
        parseQuantity(resources?.requests?.memory ?? resources?.limits?.memory ?? '0'),
      );
      const adjusted = Math.floor(1000 - (1000 * memory) / settings.memoryCapacityBytes);
      // Between the two others in any case.
      return Math.min(Math.max(adjusted, 1000 + GUARANTEED_OOM_SCORE_ADJ), BEST_EFFORT_OOM_SCORE_ADJ - 1);
    }
  }
}

export function linuxResources(share: CpuAndMemory, oomScore: number): LinuxContainerResources {
  return {
    cpuPeriod: BigInt(CPU_PERIOD_US),
    cpuShares: BigInt(share.cpuShares),
    ...(share.cpuQuotaUs === undefined ? {} : { cpuQuota: BigInt(share.cpuQuotaUs) }),
    ...(share.memoryLimitBytes === undefined ? {} : { memoryLimitInBytes: BigInt(share.memoryLimitBytes) }),
    oomScoreAdj: BigInt(oomScore),
  };
}
