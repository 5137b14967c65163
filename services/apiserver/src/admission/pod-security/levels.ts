/** What a namespace asks of its pods, by its labels (https://kubernetes.io/docs/concepts/security/pod-security-admission/). */
import type { Cause } from '@reckon/api';
import { BASELINE } from './baseline.ts';
import { RESTRICTED } from './restricted.ts';
import { type Check, type CheckedPod, formAt, type Versions } from './violation.ts';

const PREFIX = 'pod-security.kubernetes.io/';
const VERSION = /^(latest|v1\.(0|[1-9][0-9]*))$/;

export type Mode = 'enforce' | 'audit' | 'warn';

const MODES: readonly Mode[] = ['enforce', 'audit', 'warn'];

/** The checks of a level as of a minor version of Kubernetes. */
const LEVELS: ReadonlyMap<string, (minor: number) => readonly Check[]> = new Map([
  ['privileged', () => []],
  ['baseline', (minor) => formsAt(BASELINE, minor)],
  ['restricted', restrictedAt],
]);

function formsAt(checks: readonly Versions[], minor: number): readonly Check[] {
  return checks.flatMap((versions) => formAt(versions, minor) ?? []);
}

/** A stricter check stands instead of that of baseline from the version on that it is there. */
function restrictedAt(minor: number): readonly Check[] {
  const present = RESTRICTED.filter(({ versions }) => formAt(versions, minor) !== undefined);
  const replaced = new Set(present.map(({ instead }) => instead));
  const kept = BASELINE.filter((versions) => !replaced.has(versions));
  return [
    ...formsAt(kept, minor),
    ...formsAt(
      present.map(({ versions }) => versions),
      minor,
    ),
  ];
}

/** Later ones than are known here are judged as the latest is. */
function minorOf(version: string): number {
  const [, minor] = /^v1\.([0-9]+)$/.exec(version) ?? [];
  return minor === undefined ? Number.POSITIVE_INFINITY : Number(minor);
}

export interface Policy {
  readonly level: string;
  /** As the namespace says it: `latest`, `v1.30`. */
  readonly version: string;
}

type Labels = Readonly<Record<string, string>> | undefined;

/** A label that nobody can read asks for the most. */
export function policyOf(labels: Labels, mode: Mode): Policy {
  const level = labels?.[PREFIX + mode] ?? 'privileged';
  const version = labels?.[`${PREFIX}${mode}-version`] ?? 'latest';
  return { level: LEVELS.has(level) ? level : 'restricted', version };
}

/** `privileged (container "c" must not …), host namespaces (hostPID=true)`; '' if it may be. */
export function violationsOf({ level, version }: Policy, pod: CheckedPod): string {
  return (LEVELS.get(level) ?? restrictedAt)(minorOf(version))
    .flatMap((check) => check(pod) ?? [])
    .map(({ reason, detail }) => (detail === '' ? reason : `${reason} (${detail})`))
    .join(', ');
}

/** What is wrong with a namespace's labels. */
export function labelCauses(labels: Labels): readonly Cause[] {
  return MODES.flatMap((mode) => [
    ...cause(labels, PREFIX + mode, {
      valid: (value) => LEVELS.has(value),
      rule: `must be one of ${[...LEVELS.keys()].join(', ')}`,
    }),
    ...cause(labels, `${PREFIX}${mode}-version`, {
      valid: (value) => VERSION.test(value),
      rule: 'must be "latest" or "v1.x"',
    }),
  ]);
}

function cause(
  labels: Labels,
  key: string,
  { valid, rule }: { valid: (value: string) => boolean; rule: string },
): readonly Cause[] {
  const value = labels?.[key];
  if (value === undefined || valid(value)) return [];
  const message = `Invalid value: ${JSON.stringify(value)}: ${rule}`;
  return [{ reason: 'FieldValueInvalid', field: `metadata.labels[${key}]`, message }];
}
