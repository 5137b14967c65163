import type { PodSpec, Sysctl } from '@reckon/proto/reckon/api/core/v1/pod.ts';
import type { SeccompProfile, SecurityContext } from '@reckon/proto/reckon/api/core/v1/security.ts';
import type { Cause } from '../../errors/api-error.ts';
import { unixIdErrors } from '../../names/identifiers.ts';
import { duplicate, forbidden, invalidEach, invalidValue, required } from '../causes.ts';
import type { Frozen } from '../types.ts';
import { checkDescendingPath } from './paths.ts';

const MAX_SYSCTL_LENGTH = 253;
const SYSCTL_PART = '[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const SYSCTL = `^(${SYSCTL_PART}[\\./])*${SYSCTL_PART}$`;
const SYSCTL_REGEXP = new RegExp(SYSCTL);

function checkId(id: number | undefined, path: string, causes: Cause[]): void {
  if (id !== undefined) invalidEach(causes, path, id, unixIdErrors(id));
}

export function checkPodSecurity(spec: Frozen<PodSpec>, path: string, causes: Cause[]): void {
  const here = `${path}.securityContext`;
  const context = spec.securityContext;
  checkId(context?.fsGroup, `${here}.fsGroup`, causes);
  checkId(context?.runAsUser, `${here}.runAsUser`, causes);
  checkId(context?.runAsGroup, `${here}.runAsGroup`, causes);
  for (const [index, group] of (context?.supplementalGroups ?? []).entries()) {
    checkId(group, `${here}.supplementalGroups[${index}]`, causes);
  }
  if (spec.shareProcessNamespace === true && spec.hostPID === true) {
    causes.push(
      invalidValue(
        `${path}.shareProcessNamespace`,
        true,
        'ShareProcessNamespace and HostPID cannot both be enabled',
      ),
    );
  }
  checkSysctls(context?.sysctls ?? [], spec, `${here}.sysctls`, causes);
  checkSeccomp(context?.seccompProfile, `${here}.seccompProfile`, causes);
  checkHostUsers(spec, path, causes);
}

/** A pod with users of its own shares nothing else with the host either. */
function checkHostUsers(spec: Frozen<PodSpec>, path: string, causes: Cause[]): void {
  if (spec.hostUsers !== false) return;
  const why = 'when `pod.Spec.HostUsers` is false';
  if (spec.hostNetwork === true) causes.push(forbidden(`${path}.hostNetwork`, why));
  if (spec.hostPID === true) causes.push(forbidden(`${path}.HostPID`, why));
  if (spec.hostIPC === true) causes.push(forbidden(`${path}.HostIPC`, why));
}

function checkSysctls(
  sysctls: readonly Frozen<Sysctl>[],
  spec: Frozen<PodSpec>,
  path: string,
  causes: Cause[],
): void {
  const seen = new Set<string>();
  for (const [index, { name = '' }] of sysctls.entries()) {
    if (name === '') continue;
    const here = `${path}[${index}].name`;
    if (name.length > MAX_SYSCTL_LENGTH || !SYSCTL_REGEXP.test(name)) {
      causes.push(
        invalidValue(
          here,
          name,
          `must have at most ${MAX_SYSCTL_LENGTH} characters and match regex ${SYSCTL}`,
        ),
      );
    } else if (seen.has(name)) causes.push(duplicate(here, name));
    seen.add(name);
    if (spec.hostNetwork === true && /^net[./]/.test(name)) {
      causes.push(invalidValue(here, name, 'may not be specified when hostNetwork is true'));
    }
  }
}

export function checkSecurityContext(
  context: Frozen<SecurityContext> | undefined,
  path: string,
  causes: Cause[],
): void {
  if (context === undefined) return;
  checkId(context.runAsUser, `${path}.runAsUser`, causes);
  checkId(context.runAsGroup, `${path}.runAsGroup`, causes);
  checkSeccomp(context.seccompProfile, `${path}.seccompProfile`, causes);
  if (context.allowPrivilegeEscalation !== false) return;
  if (context.privileged === true) {
    causes.push(
      invalidValue(path, context, 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true'),
    );
  }
  if (context.capabilities?.add?.includes('CAP_SYS_ADMIN') === true) {
    causes.push(
      invalidValue(
        path,
        context,
        'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN',
      ),
    );
  }
}

function checkSeccomp(profile: Frozen<SeccompProfile> | undefined, path: string, causes: Cause[]): void {
  if (profile === undefined) return;
  const { type, localhostProfile } = profile;
  if (type === 'Localhost') {
    if (!localhostProfile) {
      causes.push(required(`${path}.localhostProfile`, 'must be set when seccomp type is Localhost'));
    } else checkDescendingPath(localhostProfile, `${path}.localhostProfile`, causes);
  } else if (localhostProfile) {
    causes.push(
      invalidValue(
        `${path}.localhostProfile`,
        localhostProfile,
        'can only be set when seccomp type is Localhost',
      ),
    );
  }
}
