import { ApiError } from '@reckon/api';
import type { Frozen } from '@reckon/client';
import type { ImageInfo } from '@reckon/cri';
import type { SeccompProfile, SecurityContext } from '@reckon/proto/reckon/api/core/v1/security.ts';
import {
  type LinuxContainerSecurityContext,
  type NamespaceOption,
  SecurityProfile_ProfileType as ProfileType,
  type SecurityProfile,
} from '@reckon/proto/runtime/v1/api.ts';
import type { ContainerRequest } from '../host/types.ts';
import type { ContainerModel, PodModel } from '../pod/model.ts';
import { describePod } from '../pod/names.ts';

const POD = 0;
const CONTAINER = 1;
const NODE = 2;
const TARGET = 3;

/** What of /proc and /sys a container must not see or change, unless it asks for it (`procMount: Unmasked`). */
const MASKED_PATHS = [
  '/proc/asound',
  '/proc/acpi',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
  '/sys/devices/virtual/powercap',
];
const READONLY_PATHS = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

/** Which namespaces the pod's containers share, and with whom. */
export function namespaceOptions(pod: PodModel): NamespaceOption {
  const { spec } = pod.object;
  return {
    network: pod.hostNetwork ? NODE : POD,
    pid: spec?.hostPID ? NODE : spec?.shareProcessNamespace ? POD : CONTAINER,
    ipc: spec?.hostIPC ? NODE : POD,
  };
}

/** Processes of a pod that shares them all with the pod or the node are to be seen anyway. */
function withTarget(options: NamespaceOption, target: ContainerRequest['target']): NamespaceOption {
  if (target === undefined || options.pid !== CONTAINER) return options;
  return { ...options, pid: TARGET, targetId: target.id };
}

/** A container's security context over its pod's. Throws if it may not run as the user that the image names. */
export function containerSecurity({
  pod,
  container,
  image: { info: image },
  target,
}: Pick<ContainerRequest, 'pod' | 'container' | 'image' | 'target'>): LinuxContainerSecurityContext {
  const own = container.spec.securityContext ?? {};
  const shared = pod.object.spec?.securityContext ?? {};
  const runAsUser = own.runAsUser ?? shared.runAsUser;
  const runAsGroup = own.runAsGroup ?? shared.runAsGroup;
  if (own.runAsNonRoot ?? shared.runAsNonRoot) refuseRoot(pod, container, image, runAsUser);
  const groups = [
    ...(shared.supplementalGroups ?? []),
    ...(shared.fsGroup === undefined ? [] : [shared.fsGroup]),
  ];
  const unmasked = own.privileged === true || own.procMount === 'Unmasked';
  return {
    namespaceOptions: withTarget(namespaceOptions(pod), target),
    privileged: own.privileged === true,
    readonlyRootfs: own.readOnlyRootFilesystem === true,
    noNewPrivs: own.allowPrivilegeEscalation === false,
    ...(runAsUser === undefined ? {} : { runAsUser: { value: BigInt(runAsUser) } }),
    ...(runAsGroup === undefined ? {} : runAsGroupOf(runAsGroup, runAsUser)),
    supplementalGroups: groups.map(BigInt),
    capabilities: {
      addCapabilities: [...(own.capabilities?.add ?? [])],
      dropCapabilities: [...(own.capabilities?.drop ?? [])],
    },
    maskedPaths: unmasked ? [] : MASKED_PATHS,
    readonlyPaths: unmasked ? [] : READONLY_PATHS,
    seccomp: seccomp(own.seccompProfile ?? shared.seccompProfile, own),
  };
}

/** CRI knows a group only beside a user. */
function runAsGroupOf(group: number, user: number | undefined): Partial<LinuxContainerSecurityContext> {
  return { runAsGroup: { value: BigInt(group) }, runAsUser: { value: BigInt(user ?? 0) } };
}

function refuseRoot(
  pod: PodModel,
  container: ContainerModel,
  image: ImageInfo,
  runAsUser: number | undefined,
): void {
  const where = `(pod: "${describePod(pod)}", container: ${container.name})`;
  const refuse = (problem: string) => {
    throw new ApiError('BadRequest', `${problem} ${where}`);
  };
  if (runAsUser === 0) refuse("container's runAsUser breaks non-root policy");
  if (runAsUser !== undefined) return;
  if (image.uid === undefined && image.username) {
    refuse(
      `container has runAsNonRoot and image has non-numeric user (${image.username}), cannot verify user is non-root`,
    );
  }
  if ((image.uid ?? 0) === 0) refuse('container has runAsNonRoot and image will run as root');
}

function seccomp(profile: Frozen<SeccompProfile> | undefined, own: Frozen<SecurityContext>): SecurityProfile {
  if (own.privileged) return { profileType: ProfileType.Unconfined };
  switch (profile?.type) {
    case 'RuntimeDefault':
      return { profileType: ProfileType.RuntimeDefault };
    case 'Localhost':
      return { profileType: ProfileType.Localhost, localhostRef: profile.localhostProfile ?? '' };
    default:
      return { profileType: ProfileType.Unconfined };
  }
}
