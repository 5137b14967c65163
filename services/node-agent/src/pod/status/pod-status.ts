import type { Frozen } from '@reckon/client';
import type { PodStatus } from '@reckon/proto/reckon/api/core/v1/pod_status.ts';
import type { EndReason } from '../end-reason.ts';
import { currentSandbox } from '../instances.ts';
import type { PlanInput } from '../types.ts';
import { podConditions } from './conditions.ts';
import { type ContainerStatusValue, containerStatuses } from './container-status.ts';
import { podPhase } from './phase.ts';
import { rfc3339 } from './time.ts';

export type PodStatusValue = Frozen<PodStatus>;

/**
 * The status as the kubelet would show it: every field that the node owns. `nominatedNodeName`, `resize` and
 * conditions of others are not in it and must be left alone.
 */
export function podStatus(input: PlanInput, end: EndReason | undefined): PodStatusValue {
  const { pod, observed, node } = input;
  const recorded = pod.model.object.status;
  const containers = containerStatuses(input, pod.model.containers, end !== undefined);
  const initContainers = containerStatuses(input, pod.model.initContainers, end !== undefined);
  const ephemeral = containerStatuses(input, pod.model.ephemeralContainers, end !== undefined);
  const phase = podPhase({ input, end, containers, initContainers });
  const ips = podIps(input);
  const [hostIp] = node.ips;
  return {
    phase,
    ...finalWords(recorded, end),
    conditions: podConditions({ input, phase, containers, initContainers }),
    ...(hostIp ? { hostIP: hostIp, hostIPs: node.ips.map((ip) => ({ ip })) } : {}),
    ...(ips[0] ? { podIP: ips[0], podIPs: ips.map((ip) => ({ ip })) } : {}),
    startTime: recorded?.startTime ?? rfc3339(observed.firstSeenAtMs),
    ...(initContainers.length > 0 ? { initContainerStatuses: initContainers } : {}),
    ...(containers.length > 0 ? { containerStatuses: containers } : {}),
    ...(ephemeral.length > 0 ? { ephemeralContainerStatuses: ephemeral } : {}),
    qosClass: recorded?.qosClass ?? pod.model.qosClass,
  };
}

export type { ContainerStatusValue };

/** Reason and message of pods that were ended for a reason of their own (Evicted, DeadlineExceeded). */
function finalWords(
  recorded: PodStatusValue | undefined,
  end: EndReason | undefined,
): Pick<PodStatusValue, 'reason' | 'message'> {
  if (end?.kind === 'deadline')
    return {
      reason: 'DeadlineExceeded',
      message: 'Pod was active on the node longer than the specified deadline',
    };
  if (end?.kind === 'rejected') return { reason: end.reason, message: `Pod was rejected: ${end.message}` };
  const { reason, message } = recorded ?? {};
  return { ...(reason ? { reason } : {}), ...(message ? { message } : {}) };
}

/** A pod keeps its address in the status after its sandbox has lost it, so that the end of it can be understood. */
function podIps({ pod, observed, node }: PlanInput): readonly string[] {
  if (pod.model.hostNetwork) return observed.sandboxes.length > 0 ? node.ips : [];
  const ips = currentSandbox(observed)?.ips ?? [];
  if (ips.length > 0) return ips;
  return (pod.model.object.status?.podIPs ?? []).flatMap((each) => (each.ip ? [each.ip] : []));
}
