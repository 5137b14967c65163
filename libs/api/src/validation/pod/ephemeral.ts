/** Ephemeral containers: put into a running pod, never changed or taken away (Kubernetes: `ValidatePodEphemeralContainersUpdate`). */
import type { EphemeralContainer } from '@reckon/proto/reckon/api/core/v1/container.ts';
import type { Pod, PodSpec } from '@reckon/proto/reckon/api/core/v1/pod.ts';
import type { Cause } from '../../errors/api-error.ts';
import { semanticEqual } from '../../json/equal.ts';
import { duplicate, forbidden, notFoundValue } from '../causes.ts';
import type { Frozen } from '../types.ts';
import { checkContainer } from './containers.ts';

type Ephemeral = Frozen<EphemeralContainer>;

const PATH = 'spec.ephemeralContainers';
/** Nothing may rely on a container that is there for debugging. */
const NOT_FOR_THEM = [
  'ports',
  'resources',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
  'resizePolicy',
  'restartPolicy',
] as const;

/** At every write of a pod that has some. */
export function checkEphemeralContainers(spec: Frozen<PodSpec>, causes: Cause[]): void {
  const others = new Set(
    [...(spec.containers ?? []), ...(spec.initContainers ?? [])].map(({ name = '' }) => name),
  );
  const volumes = new Set((spec.volumes ?? []).map(({ name = '' }) => name));
  for (const [index, container] of (spec.ephemeralContainers ?? []).entries()) {
    const here = `${PATH}[${index}]`;
    const { name = '', targetContainerName = '' } = container;
    checkContainer(container, volumes, here, causes);
    // Two of one name are told by the schema's own validation.
    if (name !== '' && others.has(name)) causes.push(duplicate(`${here}.name`, name));
    if (targetContainerName !== '' && !others.has(targetContainerName))
      causes.push(notFoundValue(`${here}.targetContainerName`, targetContainerName));
    for (const field of NOT_FOR_THEM) {
      if (isNothing(container[field])) continue;
      causes.push(forbidden(`${here}.${field}`, 'cannot be set for an Ephemeral Container'));
    }
    for (const [at, mount] of (container.volumeMounts ?? []).entries()) {
      for (const field of ['subPath', 'subPathExpr'] as const) {
        if (!mount[field]) continue;
        const path = `${here}.volumeMounts[${at}].${field}`;
        causes.push(forbidden(path, 'cannot be set for an Ephemeral Container'));
      }
    }
  }
}

/** At a write of the subresource. */
export function checkEphemeralContainersUpdate(
  { spec: next = {} }: Frozen<Pod>,
  { spec: old = {} }: Frozen<Pod>,
  causes: Cause[],
): void {
  checkEphemeralContainers(next, causes);
  const wanted = new Map((next.ephemeralContainers ?? []).map((one) => [one.name ?? '', one]));
  const gone: string[] = [];
  const changed: string[] = [];
  for (const before of old.ephemeralContainers ?? []) {
    const after: Ephemeral | undefined = wanted.get(before.name ?? '');
    if (after === undefined) gone.push(before.name ?? '');
    else if (!semanticEqual(after, before)) changed.push(before.name ?? '');
  }
  const named = (names: readonly string[]) => `[${names.map((name) => JSON.stringify(name)).join(' ')}]`;
  if (gone.length > 0)
    causes.push(forbidden(PATH, `existing ephemeral containers ${named(gone)} may not be removed\n`));
  if (changed.length > 0)
    causes.push(forbidden(PATH, `existing ephemeral containers ${named(changed)} may not be changed\n`));
}

/** A new pod has none. */
export function checkNoEphemeralContainers({ spec = {} }: Frozen<Pod>, causes: Cause[]): void {
  if ((spec.ephemeralContainers ?? []).length > 0) causes.push(forbidden(PATH, 'cannot be set on create'));
}

function isNothing(value: unknown): boolean {
  if (value === undefined || value === '') return true;
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
