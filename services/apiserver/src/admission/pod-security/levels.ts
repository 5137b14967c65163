/** What a namespace asks of its pods, by its labels (https://kubernetes.io/docs/concepts/security/pod-security-admission/). */
import type { Cause } from '@reckon/api';
import { BASELINE } from './baseline.ts';
import { RESTRICTED } from './restricted.ts';
import { type Check, type CheckedPod, formAt, type Versions } from './violation.ts';

const PREFIX = 'pod-security.kubernetes.io/';
const VERSION = /^(latest|v1\.(0|[1-9][0-9]*))$/;

export type Mode = 'enforce' | 'audit' | 'warn';

const MODES: readonly Mode[] = ['enforce', 'audit', 'warn'];

/** The labels that say level and version. */
const KEYS: Readonly<Record<Mode, { readonly level: string; readonly version: string }>> = {
  enforce: keysOf('enforce'),
  audit: keysOf('audit'),
  warn: keysOf('warn'),
};

function keysOf(mode: Mode) {
  return { level: PREFIX + mode, version: `${PREFIX}${mode}-version` };
}

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
  const level = labels?.[KEYS[mode].level] ?? 'privileged';
  const version = labels?.[KEYS[mode].version] ?? 'latest';
  return { level: LEVELS.has(level) ? level : 'restricted', version };
}

/** Whether there is anything that the policy could find. */
export function asksNothing({ level }: Policy): boolean {
  return level === 'privileged';
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
    ...cause(labels, KEYS[mode].level, {
      valid: (value) => LEVELS.has(value),
      rule: `must be one of ${[...LEVELS.keys()].join(', ')}`,
    }),
    ...cause(labels, KEYS[mode].version, {
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
