/** What the level restricted asks beyond baseline (https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted). */
import { isArray } from '@reckon/api';
import { fieldsOf, listOf } from '../fields.ts';
import {
  addedOf,
  CAPABILITIES_BASELINE,
  HOST_PATH_VOLUMES,
  SECCOMP_BASELINE,
  seccompTypeOf,
} from './baseline.ts';
import {
  type Check,
  type CheckedPod,
  containersNamed,
  distinct,
  namesOf,
  plural,
  quoted,
  setters,
  type Versions,
  type Violation,
} from './violation.ts';

const VOLUME_TYPES: ReadonlySet<string> = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
]);
const SECCOMP_TYPES: ReadonlySet<string> = new Set(['RuntimeDefault', 'Localhost']);

function allowPrivilegeEscalation(pod: CheckedPod): Violation | undefined {
  const bad = namesOf(pod, ({ security }) => security.allowPrivilegeEscalation !== false);
  if (bad.length === 0) return undefined;
  const detail = `${containersNamed(bad)} must set securityContext.allowPrivilegeEscalation=false`;
  return { reason: 'allowPrivilegeEscalation != false', detail };
}

function capabilities(pod: CheckedPod): Violation | undefined {
  const keeping = namesOf(pod, ({ security }) => {
    const { drop } = fieldsOf(security.capabilities);
    return !(isArray(drop) && drop.includes('ALL'));
  });
  const forbidden = (security: unknown) => addedOf(security).filter((name) => name !== 'NET_BIND_SERVICE');
  const adding = namesOf(pod, ({ security }) => forbidden(security).length > 0);
  const details: string[] = [];
  if (keeping.length > 0)
    details.push(`${containersNamed(keeping)} must set securityContext.capabilities.drop=["ALL"]`);
  if (adding.length > 0) {
    const names = distinct(pod.containers.flatMap(({ security }) => forbidden(security)));
    const who = containersNamed(adding);
    details.push(`${who} must not include ${quoted(names)} in securityContext.capabilities.add`);
  }
  if (details.length === 0) return undefined;
  return { reason: 'unrestricted capabilities', detail: details.join('; ') };
}

function restrictedVolumes({ spec }: CheckedPod): Violation | undefined {
  const bad = listOf(spec.volumes).filter(
    (volume) => !Object.keys(volume).some((key) => VOLUME_TYPES.has(key)),
  );
  if (bad.length === 0) return undefined;
  const names = bad.map(({ name }) => String(name));
  const types = distinct(bad.map((volume) => Object.keys(volume).find((key) => key !== 'name') ?? 'unknown'));
  const who = `${plural('volume', names.length)} ${quoted(names)} ${plural('uses', names.length, 'use')}`;
  const detail = `${who} ${plural('restricted volume type', types.length)} ${quoted(types)}`;
  return { reason: 'restricted volume types', detail };
}

function runAsNonRoot(pod: CheckedPod): Violation | undefined {
  const reason = 'runAsNonRoot != true';
  const podSays = pod.security.runAsNonRoot;
  const explicit = namesOf(pod, ({ security }) => security.runAsNonRoot === false);
  const silent = namesOf(pod, ({ security }) => security.runAsNonRoot === undefined);
  const who = setters({ pod: podSays === false, containers: explicit });
  if (who) return { reason, detail: `${who} must not set securityContext.runAsNonRoot=false` };
  if (podSays === true || silent.length === 0) return undefined;
  return { reason, detail: `pod or ${containersNamed(silent)} must set securityContext.runAsNonRoot=true` };
}

function runAsUser(pod: CheckedPod): Violation | undefined {
  const who = setters({
    pod: pod.security.runAsUser === 0,
    containers: namesOf(pod, ({ security }) => security.runAsUser === 0),
  });
  return who === undefined ? undefined : { reason: 'runAsUser=0', detail: `${who} must not set runAsUser=0` };
}

function seccompProfile(pod: CheckedPod): Violation | undefined {
  const reason = 'seccompProfile';
  const isBad = (security: unknown) => {
    const type = seccompTypeOf(security);
    return type !== undefined && !SECCOMP_TYPES.has(type);
  };
  const who = setters({
    pod: isBad(pod.security),
    containers: namesOf(pod, ({ security }) => isBad(security)),
  });
  if (who) {
    const all = [pod.security, ...pod.containers.map(({ security }) => security)];
    const types = distinct(all.filter(isBad).map((security) => seccompTypeOf(security) ?? ''));
    return { reason, detail: `${who} must not set securityContext.seccompProfile.type to ${quoted(types)}` };
  }
  const silent = namesOf(pod, ({ security }) => seccompTypeOf(security) === undefined);
  if (seccompTypeOf(pod.security) !== undefined || silent.length === 0) return undefined;
  const must = 'must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"';
  return { reason, detail: `pod or ${containersNamed(silent)} ${must}` };
}

/** Where there is no Linux there is nothing to be said of its means. */
function exceptOnWindows(check: Check): Check {
  return (pod) => (fieldsOf(pod.spec.os).name === 'windows' ? undefined : check(pod));
}

/** What restricted asks beyond baseline, and which of baseline's it asks instead of. */
export const RESTRICTED: readonly { readonly versions: Versions; readonly instead?: Versions }[] = [
  {
    versions: [
      [8, allowPrivilegeEscalation],
      [25, exceptOnWindows(allowPrivilegeEscalation)],
    ],
  },
  {
    versions: [
      [22, capabilities],
      [25, exceptOnWindows(capabilities)],
    ],
    instead: CAPABILITIES_BASELINE,
  },
  { versions: [[0, restrictedVolumes]], instead: HOST_PATH_VOLUMES },
  { versions: [[0, runAsNonRoot]] },
  { versions: [[23, runAsUser]] },
  {
    versions: [
      [19, seccompProfile],
      [25, exceptOnWindows(seccompProfile)],
    ],
    instead: SECCOMP_BASELINE,
  },
];
