/** What a check of the Pod Security Standards finds, in Kubernetes' words. */
import { type Fields, fieldsOf, listOf } from '../fields.ts';

export interface Violation {
  /** `privileged` */
  readonly reason: string;
  /** `container "c" must not set securityContext.privileged=true`; '' if the reason says it all. */
  readonly detail: string;
}

export type Check = (pod: CheckedPod) => Violation | undefined;

/** One check as it was over time: the minor version of Kubernetes that each form is in force from, oldest first. */
export type Versions = readonly (readonly [since: number, check: Check])[];

/** The form that is in force at a minor version; undefined: there was no such check yet. */
export function formAt(versions: Versions, minor: number): Check | undefined {
  return versions.findLast(([since]) => since <= minor)?.[1];
}

export interface CheckedPod {
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: Fields;
  readonly security: Fields;
  /** Init containers first, then containers, then ephemeral ones. */
  readonly containers: readonly CheckedContainer[];
}

export interface CheckedContainer {
  readonly name: string;
  readonly container: Fields;
  readonly security: Fields;
}

export function checkedPod(metadata: unknown, podSpec: unknown): CheckedPod {
  const spec = fieldsOf(podSpec);
  const { annotations } = fieldsOf(metadata);
  const texts = Object.entries(fieldsOf(annotations)).map(([key, value]) => [key, String(value)] as const);
  const containers = [spec.initContainers, spec.containers, spec.ephemeralContainers]
    .flatMap(listOf)
    .map((container) => ({
      name: String(container.name),
      container,
      security: fieldsOf(container.securityContext),
    }));
  return {
    annotations: Object.fromEntries(texts),
    spec,
    security: fieldsOf(spec.securityContext),
    containers,
  };
}

export function plural(singular: string, count: number, several = `${singular}s`): string {
  return count === 1 ? singular : several;
}

export function quoted(names: readonly string[]): string {
  return names.map((name) => JSON.stringify(name)).join(', ');
}

/** Sorted, each once. */
export function distinct(values: readonly string[]): readonly string[] {
  return [...new Set(values)].sort();
}

/** `container "a"`, `containers "a", "b"` */
export function containersNamed(names: readonly string[]): string {
  return `${plural('container', names.length)} ${quoted(names)}`;
}

export interface Setters {
  /** The pod itself does it. */
  readonly pod: boolean;
  readonly containers: readonly string[];
}

/** `pod and container "c"`; undefined if nobody does it. */
export function setters({ pod, containers }: Setters): string | undefined {
  const all = [...(pod ? ['pod'] : []), ...(containers.length > 0 ? [containersNamed(containers)] : [])];
  return all.length === 0 ? undefined : all.join(' and ');
}

export function namesOf(
  { containers }: CheckedPod,
  bad: (container: CheckedContainer) => boolean,
): readonly string[] {
  return containers.filter(bad).map(({ name }) => name);
}
