/** Kubernetes' LimitRanger: what a namespace's LimitRanges fill in, and what they refuse. */
import { amountsOf, forbidden, podResources, resourcesOf } from '@reckon/api';
import type { Preparation } from '../verbs/env.ts';
import type { KubeObject } from '../verbs/types.ts';
import { type Fields, fieldsOf, listOf } from './fields.ts';
import { type Asked, claimMistakes, limitMistakes } from './limit-constraints.ts';

const ANNOTATION = 'kubernetes.io/limit-ranger';

type Looking = Pick<Preparation, 'state'>;

/** The items of each LimitRange, by the name of the range. */
function rangesOf({ state }: Looking, namespace: string): readonly (readonly Fields[])[] {
  return state.list('limitranges', namespace).map(({ value }) => listOf(fieldsOf(value.spec).limits));
}

function itemsOf(looking: Looking, namespace: string, type: string): readonly Fields[] {
  return rangesOf(looking, namespace)
    .flat()
    .filter((item) => item.type === type);
}

/** Containers get the defaults for what they do not say; an annotation tells which. */
export function withDefaultLimits(pod: KubeObject, looking: Looking): KubeObject {
  const items = itemsOf(looking, pod.metadata.namespace ?? '', 'Container');
  if (items.length === 0) return pod;
  // The first LimitRange by name that has a default for a resource gives it.
  const defaults = {
    requests: merged(items.map(({ defaultRequest }) => fieldsOf(defaultRequest))),
    limits: merged(items.map((item) => fieldsOf(item.default))),
  };
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
  readonly defaults: { readonly requests: Fields; readonly limits: Fields };
  /** Is told of what is filled in. */
  readonly told: string[];
}

function filled(container: Fields, { kind, defaults, told }: Filling): Fields {
  const own = fieldsOf(container.resources);
  const resources: Record<string, unknown> = { ...own };
  for (const side of ['requests', 'limits'] as const) {
    const has = fieldsOf(own[side]);
    const missing = Object.keys(defaults[side])
      .filter((name) => has[name] === undefined)
      .sort();
    if (missing.length === 0) continue;
    resources[side] = { ...has, ...Object.fromEntries(missing.map((name) => [name, defaults[side][name]])) };
    told.push(`${missing.join(', ')} ${side.slice(0, -1)} for ${kind} ${String(container.name)}`);
  }
  return { ...container, resources };
}

function merged(all: readonly Fields[]): Fields {
  return Object.assign({}, ...[...all].reverse());
}

/** One LimitRange after the other: the first that has something against the pod says all that it has. */
export function refuseBeyondLimits(pod: KubeObject, looking: Looking): void {
  const { namespace = '', name = '' } = pod.metadata;
  const ranges = rangesOf(looking, namespace);
  if (ranges.length === 0) return;
  const spec = fieldsOf(pod.spec);
  const whole = { requests: podResources(spec, 'requests'), limits: podResources(spec, 'limits') };
  const each = [...listOf(spec.containers), ...listOf(spec.initContainers)].map((container) => ({
    requests: resourcesOf(container, 'requests'),
    limits: resourcesOf(container, 'limits'),
  }));
  const asked: Readonly<Record<string, readonly Asked[]>> = { Container: each, Pod: [whole] };
  for (const items of ranges) {
    const mistakes = items.flatMap((item) =>
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
  for (const items of rangesOf(looking, namespace)) {
    const ofClaims = items.filter(({ type }) => type === 'PersistentVolumeClaim');
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
