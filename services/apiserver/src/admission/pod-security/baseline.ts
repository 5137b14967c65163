/** The level baseline (https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline), in order of the checks' ids. */
import { isArray } from '@reckon/api';
import { fieldsOf, listOf, textOf } from '../fields.ts';
import {
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

const APP_ARMOR_ANNOTATION = 'container.apparmor.security.beta.kubernetes.io/';

const CAPABILITIES: ReadonlySet<unknown> = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]);

const SELINUX_TYPES = ['', 'container_t', 'container_init_t', 'container_kvm_t'];

const SYSCTLS_OF_1_0 = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_unprivileged_port_start',
];
const SYSCTLS_OF_1_27 = [...SYSCTLS_OF_1_0, 'net.ipv4.ip_local_reserved_ports'];
const SYSCTLS_OF_1_29 = [
  ...SYSCTLS_OF_1_27,
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
];
const SYSCTLS_OF_1_32 = [...SYSCTLS_OF_1_29, 'net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem'];

/** Where profiles were stated before they had a field. */
const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod';
const SECCOMP_CONTAINER = 'container.seccomp.security.alpha.kubernetes.io/';

function appArmorProfile(pod: CheckedPod): Violation | undefined {
  const notes = Object.entries(pod.annotations)
    .filter(([key, value]) => key.startsWith(APP_ARMOR_ANNOTATION) && !isUsualAppArmor(value))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .sort();
  const isUnconfined = (security: unknown) =>
    fieldsOf(fieldsOf(security).appArmorProfile).type === 'Unconfined';
  const who = setters({
    pod: isUnconfined(pod.security),
    containers: namesOf(pod, ({ security }) => isUnconfined(security)),
  });
  if (!who && notes.length === 0) return undefined;
  const set = who ? [`${who} must not set AppArmor profile type to "Unconfined"`] : [];
  const count = notes.length + set.length;
  return { reason: plural('forbidden AppArmor profile', count), detail: [...set, ...notes].join(', ') };
}

function isUsualAppArmor(profile: string): boolean {
  return profile === '' || profile === 'runtime/default' || profile.startsWith('localhost/');
}

function capabilities(pod: CheckedPod): Violation | undefined {
  const forbidden = (security: unknown) => addedOf(security).filter((name) => !CAPABILITIES.has(name));
  const bad = namesOf(pod, ({ security }) => forbidden(security).length > 0);
  if (bad.length === 0) return undefined;
  const names = distinct(pod.containers.flatMap(({ security }) => forbidden(security)));
  const detail = `${containersNamed(bad)} must not include ${quoted(names)} in securityContext.capabilities.add`;
  return { reason: 'non-default capabilities', detail };
}

export function addedOf(security: unknown): readonly string[] {
  const { add } = fieldsOf(fieldsOf(security).capabilities);
  return isArray(add) ? add.map(String) : [];
}

function hostNamespaces({ spec }: CheckedPod): Violation | undefined {
  const used = ['hostNetwork', 'hostPID', 'hostIPC'].filter((field) => spec[field] === true);
  if (used.length === 0) return undefined;
  return { reason: 'host namespaces', detail: used.map((field) => `${field}=true`).join(', ') };
}

function hostPathVolumes({ spec }: CheckedPod): Violation | undefined {
  const names = listOf(spec.volumes)
    .filter(({ hostPath }) => hostPath !== undefined)
    .map(({ name }) => String(name));
  if (names.length === 0) return undefined;
  return { reason: 'hostPath volumes', detail: `${plural('volume', names.length)} ${quoted(names)}` };
}

function hostPorts(pod: CheckedPod): Violation | undefined {
  const portsOf = (container: unknown) =>
    listOf(fieldsOf(container).ports).flatMap(({ hostPort }) =>
      typeof hostPort === 'number' && hostPort !== 0 ? String(hostPort) : [],
    );
  const bad = namesOf(pod, ({ container }) => portsOf(container).length > 0);
  if (bad.length === 0) return undefined;
  const ports = distinct(pod.containers.flatMap(({ container }) => portsOf(container)));
  const use = plural('uses', bad.length, 'use');
  const detail = `${containersNamed(bad)} ${use} ${plural('hostPort', ports.length)} ${ports.join(', ')}`;
  return { reason: 'hostPort', detail };
}

function privileged(pod: CheckedPod): Violation | undefined {
  const bad = namesOf(pod, ({ security }) => security.privileged === true);
  if (bad.length === 0) return undefined;
  return {
    reason: 'privileged',
    detail: `${containersNamed(bad)} must not set securityContext.privileged=true`,
  };
}

function procMount(pod: CheckedPod): Violation | undefined {
  const isBad = (value: unknown) => value !== undefined && value !== 'Default';
  const bad = namesOf(pod, ({ security }) => isBad(security.procMount));
  if (bad.length === 0) return undefined;
  const values = distinct(
    pod.containers.flatMap(({ security }) => (isBad(security.procMount) ? String(security.procMount) : [])),
  );
  const detail = `${containersNamed(bad)} must not set securityContext.procMount to ${quoted(values)}`;
  return { reason: 'procMount', detail };
}

const seLinuxOptions = (types: readonly string[]) => (pod: CheckedPod) => seLinuxOptionsAmong(types, pod);

function seLinuxOptionsAmong(allowed: readonly string[], pod: CheckedPod): Violation | undefined {
  const optionsOf = (security: unknown) => fieldsOf(fieldsOf(security).seLinuxOptions);
  const isBad = (security: unknown) => {
    const { type, user, role } = optionsOf(security);
    return !allowed.includes(textOf(type)) || textOf(user) !== '' || textOf(role) !== '';
  };
  const who = setters({
    pod: isBad(pod.security),
    containers: namesOf(pod, ({ security }) => isBad(security)),
  });
  if (!who) return undefined;
  const all = [pod.security, ...pod.containers.map(({ security }) => security)].map(optionsOf);
  const types = distinct(all.map(({ type }) => textOf(type)).filter((type) => !allowed.includes(type)));
  const data = [
    ...(types.length > 0 ? [`${plural('type', types.length)} ${quoted(types)}`] : []),
    ...(all.some(({ user }) => textOf(user) !== '') ? ['user may not be set'] : []),
    ...(all.some(({ role }) => textOf(role) !== '') ? ['role may not be set'] : []),
  ];
  const detail = `${who} set forbidden securityContext.seLinuxOptions: ${data.join('; ')}`;
  return { reason: 'seLinuxOptions', detail };
}

function seccompProfile(pod: CheckedPod): Violation | undefined {
  const isBad = (security: unknown) => seccompTypeOf(security) === 'Unconfined';
  const who = setters({
    pod: isBad(pod.security),
    containers: namesOf(pod, ({ security }) => isBad(security)),
  });
  if (!who) return undefined;
  const detail = `${who} must not set securityContext.seccompProfile.type to "Unconfined"`;
  return { reason: 'seccompProfile', detail };
}

export function seccompTypeOf(security: unknown): string | undefined {
  const { seccompProfile: profile } = fieldsOf(security);
  return profile === undefined ? undefined : textOf(fieldsOf(profile).type);
}

function seccompAnnotations({ annotations, containers }: CheckedPod): Violation | undefined {
  const isUsual = (profile: string) =>
    profile === 'runtime/default' || profile === 'docker/default' || profile.startsWith('localhost/');
  const bad = [SECCOMP_POD, ...containers.map(({ name }) => SECCOMP_CONTAINER + name)].flatMap((key) => {
    const profile = annotations[key];
    return profile === undefined || isUsual(profile) ? [] : `${key}=${JSON.stringify(profile)}`;
  });
  if (bad.length === 0) return undefined;
  const notes = distinct(bad);
  return {
    reason: 'seccompProfile',
    detail: `forbidden ${plural('annotation', notes.length)} ${notes.join(', ')}`,
  };
}

const sysctls = (allowed: readonly string[]) => (pod: CheckedPod) => sysctlsAmong(allowed, pod);

function sysctlsAmong(allowed: readonly string[], { security }: CheckedPod): Violation | undefined {
  const bad = listOf(security.sysctls)
    .map(({ name }) => String(name))
    .filter((name) => !allowed.includes(name));
  if (bad.length === 0) return undefined;
  return { reason: plural('forbidden sysctl', bad.length), detail: bad.join(', ') };
}

function windowsHostProcess(pod: CheckedPod): Violation | undefined {
  const isBad = (security: unknown) => fieldsOf(fieldsOf(security).windowsOptions).hostProcess === true;
  const who = setters({
    pod: isBad(pod.security),
    containers: namesOf(pod, ({ security }) => isBad(security)),
  });
  if (!who) return undefined;
  return {
    reason: 'hostProcess',
    detail: `${who} must not set securityContext.windowsOptions.hostProcess=true`,
  };
}

/** Those that restricted replaces by stricter ones of its own. */
export const CAPABILITIES_BASELINE: Versions = [[0, capabilities]];
export const HOST_PATH_VOLUMES: Versions = [[0, hostPathVolumes]];
export const SECCOMP_BASELINE: Versions = [
  [0, seccompAnnotations],
  [19, seccompProfile],
];

export const BASELINE: readonly Versions[] = [
  [[0, appArmorProfile]],
  CAPABILITIES_BASELINE,
  [[0, hostNamespaces]],
  HOST_PATH_VOLUMES,
  [[0, hostPorts]],
  [[0, privileged]],
  [[0, procMount]],
  [
    [0, seLinuxOptions(SELINUX_TYPES)],
    [31, seLinuxOptions([...SELINUX_TYPES, 'container_engine_t'])],
  ],
  SECCOMP_BASELINE,
  [
    [0, sysctls(SYSCTLS_OF_1_0)],
    [27, sysctls(SYSCTLS_OF_1_27)],
    [29, sysctls(SYSCTLS_OF_1_29)],
    [32, sysctls(SYSCTLS_OF_1_32)],
  ],
  [[0, windowsHostProcess]],
];
