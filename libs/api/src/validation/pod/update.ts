/** What may change about a pod once it is there: hardly anything. */
import type { Toleration } from '@reckon/proto/reckon/api/core/v1/affinity.ts';
import type { Container } from '@reckon/proto/reckon/api/core/v1/container.ts';
import type { Pod, PodSpec } from '@reckon/proto/reckon/api/core/v1/pod.ts';
import type { ContainerStatus } from '@reckon/proto/reckon/api/core/v1/pod_status.ts';
import type { Cause } from '../../errors/api-error.ts';
import { semanticEqual } from '../../json/equal.ts';
import { isArray, isObject } from '../../json/types.ts';
import { subdomainName } from '../../names/object-name.ts';
import { forbidden, immutable, invalidEach, invalidValue, required } from '../causes.ts';
import type { Frozen } from '../types.ts';

const CHANGEABLE = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
].join(',');

export function checkPodUpdate(after: Frozen<Pod>, before: Frozen<Pod>, causes: Cause[]): void {
  const next = after.spec ?? {};
  const old = before.spec ?? {};
  if (next === old) return;
  if (!checkContainerCount(next, old, causes)) return;
  if (!checkDeadline(next.activeDeadlineSeconds, old.activeDeadlineSeconds, causes)) return;
  checkTolerationsKept(next.tolerations ?? [], old.tolerations ?? [], causes);
  checkGatesRemoved(next, old, causes);
  const rest = withChangeableFieldsOf(next, old);
  if (semanticEqual(rest, old)) return;
  const changed = changedFields(rest, old, 'spec').join(', ');
  causes.push(
    forbidden('spec', `pod updates may not change fields other than ${CHANGEABLE}\nchanged: ${changed}`),
  );
}

/** False if nothing further can be said. */
function checkContainerCount(next: Frozen<PodSpec>, old: Frozen<PodSpec>, causes: Cause[]): boolean {
  for (const kind of ['containers', 'initContainers'] as const) {
    const path = `spec.${kind}`;
    if ((next[kind]?.length ?? 0) !== (old[kind]?.length ?? 0)) {
      causes.push(forbidden(path, 'pod updates may not add or remove containers'));
      return false;
    }
    for (const [index, { image = '' }] of (next[kind] ?? []).entries()) {
      if (image.trim() === '') causes.push(required(`${path}[${index}].image`));
    }
  }
  return true;
}

function checkDeadline(next: number | undefined, old: number | undefined, causes: Cause[]): boolean {
  const path = 'spec.activeDeadlineSeconds';
  if (next === undefined) {
    if (old !== undefined) {
      causes.push(invalidValue(path, undefined, 'must not update from a positive integer to nil value'));
    }
    return true;
  }
  if (old === undefined || old >= next) return true;
  causes.push(invalidValue(path, next, 'must be less than or equal to previous value'));
  return false;
}

function checkTolerationsKept(
  next: readonly Frozen<Toleration>[],
  old: readonly Frozen<Toleration>[],
  causes: Cause[],
): void {
  const kept = (toleration: Frozen<Toleration>): boolean =>
    next.some((one) => semanticEqual({ ...toleration, tolerationSeconds: one.tolerationSeconds }, one));
  if (old.every(kept)) return;
  causes.push(
    forbidden('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds'),
  );
}

function checkGatesRemoved(next: Frozen<PodSpec>, old: Frozen<PodSpec>, causes: Cause[]): void {
  const known = new Set((old.schedulingGates ?? []).map(({ name }) => name));
  for (const [index, { name }] of (next.schedulingGates ?? []).entries()) {
    if (known.has(name)) continue;
    causes.push(
      forbidden(
        `spec.schedulingGates[${index}].name`,
        `only deletion is allowed, but found new scheduling gate '${name}'`,
      ),
    );
  }
}

/** The new spec with the old values of everything that may change, so that what still differs must not. */
function withChangeableFieldsOf(next: Frozen<PodSpec>, old: Frozen<PodSpec>): Frozen<PodSpec> {
  const images = (
    containers: readonly Frozen<Container>[] | undefined,
    from: readonly Frozen<Container>[] | undefined,
  ) => containers?.map((container, index) => ({ ...container, image: from?.[index]?.image }));
  const graceMended =
    (old.terminationGracePeriodSeconds ?? 0) < 0 && next.terminationGracePeriodSeconds === 1;
  return {
    ...next,
    containers: images(next.containers, old.containers),
    initContainers: images(next.initContainers, old.initContainers),
    activeDeadlineSeconds: old.activeDeadlineSeconds,
    tolerations: old.tolerations,
    schedulingGates: old.schedulingGates,
    ...(graceMended && { terminationGracePeriodSeconds: old.terminationGracePeriodSeconds }),
  };
}

/** Where two values that are not equal differ, as deep as it can be told. */
function changedFields(next: unknown, old: unknown, path: string): readonly string[] {
  if (isObject(next) && isObject(old)) {
    const names = [...new Set([...Object.keys(old), ...Object.keys(next)])];
    return names
      .filter((name) => !semanticEqual({ [name]: next[name] }, { [name]: old[name] }))
      .flatMap((name) => changedFields(next[name], old[name], `${path}.${name}`));
  }
  if (isArray(next) && isArray(old) && next.length === old.length) {
    return next.flatMap((item, index) =>
      semanticEqual(item, old[index]) ? [] : changedFields(item, old[index], `${path}[${index}]`),
    );
  }
  return [path];
}

/** What a status cannot say about a pod. */
export function checkPodStatus(after: Frozen<Pod>, before: Frozen<Pod>, causes: Cause[]): void {
  if (after.spec?.nodeName !== before.spec?.nodeName) {
    causes.push(forbidden('status.nodeName', 'may not be changed directly'));
  }
  const nominated = after.status?.nominatedNodeName;
  if (nominated && nominated !== before.status?.nominatedNodeName) {
    invalidEach(causes, 'status.nominatedNodeName', nominated, subdomainName(nominated, false));
  }
  if (before.status?.qosClass) {
    immutable(causes, 'status.qosClass', before.status.qosClass, after.status?.qosClass);
  }
  const { restartPolicy } = before.spec ?? {};
  if (restartPolicy === 'Always') return;
  const sidecars = new Set(
    (before.spec?.initContainers ?? [])
      .filter((container) => container.restartPolicy === 'Always')
      .map(({ name }) => name),
  );
  for (const field of ['containerStatuses', 'initContainerStatuses'] as const) {
    for (const [index, old] of (before.status?.[field] ?? []).entries()) {
      if (sidecars.has(old.name) || !hasEndedForGood(old, restartPolicy)) continue;
      const now = after.status?.[field]?.find(({ name }) => name === old.name);
      if (now === undefined || now.state?.terminated !== undefined) continue;
      causes.push(
        forbidden(`status.${field}[${index}].state`, 'may not be transitioned to non-terminated state'),
      );
    }
  }
}

function hasEndedForGood(status: Frozen<ContainerStatus>, restartPolicy: string | undefined): boolean {
  const terminated = status.state?.terminated;
  if (terminated === undefined) return false;
  return (terminated.exitCode ?? 0) === 0 || restartPolicy !== 'OnFailure';
}
