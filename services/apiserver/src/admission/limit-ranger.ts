/** Kubernetes' LimitRanger: what a namespace's LimitRanges fill in, and what they refuse. */
import { amountsOf, forbidden, podResources, resourcesOf } from '@reckon/api';
import type { Preparation } from '../verbs/env.ts';
import type { KubeObject } from '../verbs/types.ts';
import { type Fields, fieldsOf, listOf } from './fields.ts';
import { type Asked, claimMistakes, limitMistakes } from './limit-constraints.ts';
import { type Defaults, defaultsOf, limitsOf } from './limit-ranges.ts';

const ANNOTATION = 'kubernetes.io/limit-ranger';
const SIDES = ['requests', 'limits'] as const;
const CLAIM = 'PersistentVolumeClaim';

type Looking = Pick<Preparation, 'state'>;

/** Containers get the defaults for what they do not say; an annotation tells which. */
export function withDefaultLimits(pod: KubeObject, looking: Looking): KubeObject {
  const defaults = defaultsOf(limitsOf(looking, pod.metadata.namespace ?? ''));
  if (!defaults) return pod;
  const spec = fieldsOf(pod.spec);
  const told: string[] = [];
  const fill = (list: unknown, kind: string) =>
    list === undefined
      ? undefined
      : listOf(list).map((container) => filled(container, { kind, defaults, told }));
  const containers = fill(spec.containers, 'container');
  const initContainers = fill(spec.initContainers, 'init container');
  if (told.length === 0) return pod;
  const annotations = {
    ...pod.metadata.annotations,
    [ANNOTATION]: `LimitRanger plugin set: ${told.join('; ')}`,
  };
  return {
    ...pod,
    metadata: { ...pod.metadata, annotations },
    spec: { ...spec, ...(containers && { containers }), ...(initContainers && { initContainers }) },
  };
}

interface Filling {
  readonly kind: string;
  readonly defaults: Defaults;
  /** Is told of what is filled in. */
  readonly told: string[];
}

function filled(container: Fields, { kind, defaults, told }: Filling): Fields {
  const own = fieldsOf(container.resources);
  const given: Record<string, Fields> = {};
  for (const side of SIDES) {
    const has = fieldsOf(own[side]);
    const missing = defaults[side].filter(({ resource }) => has[resource] === undefined);
    if (missing.length === 0) continue;
    const amounts: Record<string, unknown> = { ...has };
    for (const { resource, amount } of missing) amounts[resource] = amount;
    given[side] = amounts;
    const names = missing.map(({ resource }) => resource).join(', ');
    told.push(`${names} ${side.slice(0, -1)} for ${kind} ${String(container.name)}`);
  }
  return { ...container, resources: { ...own, ...given } };
}

/** One LimitRange after the other: the first that has something against the pod says all that it has. */
export function refuseBeyondLimits(pod: KubeObject, looking: Looking): void {
  const { namespace = '', name = '' } = pod.metadata;
  const ranges = limitsOf(looking, namespace);
  if (!ranges.some(({ bounds }) => bounds.some(({ type }) => type !== CLAIM))) return;
  const spec = fieldsOf(pod.spec);
  const whole = { requests: podResources(spec, 'requests'), limits: podResources(spec, 'limits') };
  const each = [...listOf(spec.containers), ...listOf(spec.initContainers)].map((container) => ({
    requests: resourcesOf(container, 'requests'),
    limits: resourcesOf(container, 'limits'),
  }));
  const asked: Readonly<Record<string, readonly Asked[]>> = { Container: each, Pod: [whole] };
  for (const { bounds } of ranges) {
    const mistakes = bounds.flatMap((item) =>
      (asked[String(item.type)] ?? []).flatMap((one) => limitMistakes(item, one)),
    );
    refuse('pods', name, mistakes);
  }
}

/** One that is being deleted may still change, whatever limits have come since: somebody takes its finalizers. */
export function refuseClaimBeyondLimits(claim: KubeObject, looking: Looking, before?: KubeObject): void {
  if (before?.metadata.deletionTimestamp !== undefined) return;
  const { namespace = '', name = '' } = claim.metadata;
  const requests = amountsOf(fieldsOf(fieldsOf(claim.spec).resources).requests);
  for (const { bounds } of limitsOf(looking, namespace)) {
    const ofClaims = bounds.filter(({ type }) => type === CLAIM);
    refuse(
      'persistentvolumeclaims',
      name,
      ofClaims.flatMap((item) => claimMistakes(item, requests)),
    );
  }
}

/** Several mistakes are told in brackets, the same one once, as Go's aggregated errors are. */
function refuse(resource: string, name: string, mistakes: readonly string[]): void {
  const different = [...new Set(mistakes)];
  if (different.length === 0) return;
  throw forbidden(resource, name, different.length === 1 ? different.join() : `[${different.join(', ')}]`);
}
