import type { Frozen } from '@reckon/client';
import type { PodCondition } from '@reckon/proto/reckon/api/core/v1/pod_status.ts';
import { currentSandbox } from '../instances.ts';
import type { PlanInput } from '../types.ts';
import type { ContainerStatusValue } from './container-status.ts';
import type { PodPhase } from './phase.ts';
import { rfc3339 } from './time.ts';

export type Condition = Frozen<PodCondition>;

export interface ConditionsInput {
  readonly input: PlanInput;
  readonly phase: PodPhase;
  readonly containers: readonly ContainerStatusValue[];
  readonly initContainers: readonly ContainerStatusValue[];
}

interface Verdict {
  readonly type: string;
  readonly status: 'True' | 'False';
  readonly reason?: string;
  readonly message?: string;
}

/** The conditions that the node owns (Kubernetes: "Pod Lifecycle", pod conditions), in the kubelet's order. */
export function podConditions(all: ConditionsInput): readonly Condition[] {
  const containersReady = containersReadyVerdict(all);
  const verdicts = [
    sandboxVerdict(all),
    initializedVerdict(all),
    readyVerdict(all, containersReady),
    containersReady,
    scheduledVerdict(),
  ];
  return verdicts.map((verdict) => withTimes(all.input, verdict));
}

function withTimes({ pod, nowMs, lastStatus }: PlanInput, verdict: Verdict): Condition {
  const known = lastStatus ?? pod.model.object.status;
  const before = known?.conditions?.find((each) => each.type === verdict.type);
  const lastTransitionTime =
    before?.status === verdict.status && before.lastTransitionTime
      ? before.lastTransitionTime
      : rfc3339(nowMs);
  return { ...verdict, lastTransitionTime };
}

function sandboxVerdict({ input }: ConditionsInput): Verdict {
  const sandbox = currentSandbox(input.observed);
  const ready = sandbox && (input.pod.model.hostNetwork || sandbox.ips.length > 0);
  return { type: 'PodReadyToStartContainers', status: ready ? 'True' : 'False' };
}

function initializedVerdict({ input, phase, initContainers, containers }: ConditionsInput): Verdict {
  const type = 'Initialized';
  const roles = new Map(input.pod.model.initContainers.map((each) => [each.name, each.role]));
  const incomplete = initContainers.filter((status) => {
    return roles.get(status.name ?? '') === 'sidecar' ? !status.started : !status.ready;
  });
  if (incomplete.length === 0 || phase === 'Succeeded' || containers.some((status) => status.containerID)) {
    return phase === 'Succeeded'
      ? { type, status: 'True', reason: 'PodCompleted' }
      : { type, status: 'True' };
  }
  // Also of a pod that has failed: this is why.
  const message = `containers with incomplete status: [${names(incomplete)}]`;
  return { type, status: 'False', reason: 'ContainersNotInitialized', message };
}

function containersReadyVerdict({ input, phase, containers, initContainers }: ConditionsInput): Verdict {
  const type = 'ContainersReady';
  if (phase === 'Succeeded') return { type, status: 'False', reason: 'PodCompleted' };
  if (phase === 'Failed') return { type, status: 'False', reason: 'PodFailed' };
  const roles = new Map(input.pod.model.initContainers.map((each) => [each.name, each.role]));
  const sidecars = initContainers.filter((status) => roles.get(status.name ?? '') === 'sidecar');
  const unready = [...sidecars, ...containers].filter((status) => !status.ready);
  if (unready.length === 0) return { type, status: 'True' };
  const message = `containers with unready status: [${names(unready)}]`;
  return { type, status: 'False', reason: 'ContainersNotReady', message };
}

function readyVerdict({ input }: ConditionsInput, containersReady: Verdict): Verdict {
  const type = 'Ready';
  if (containersReady.status === 'False') return { ...containersReady, type };
  const { model } = input.pod;
  const open: string[] = [];
  for (const gate of model.object.spec?.readinessGates ?? []) {
    const condition = model.object.status?.conditions?.find((each) => each.type === gate.conditionType);
    if (!condition)
      open.push(`corresponding condition of pod readiness gate "${gate.conditionType}" does not exist.`);
    else if (condition.status !== 'True')
      open.push(
        `the status of pod readiness gate "${gate.conditionType}" is not "True", but ${condition.status}`,
      );
  }
  if (open.length === 0) return { type, status: 'True' };
  return { type, status: 'False', reason: 'ReadinessGatesNotReady', message: open.join(', ') };
}

function scheduledVerdict(): Verdict {
  return { type: 'PodScheduled', status: 'True' };
}

function names(statuses: readonly ContainerStatusValue[]): string {
  return statuses.map((status) => status.name).join(' ');
}
