import {
  type PodSandboxConfig,
  SecurityProfile_ProfileType as ProfileType,
} from '@reckon/proto/runtime/v1/api.ts';
import type { PodModel } from '../pod/model.ts';
import { podLabels } from '../runtime/labels.ts';
import { type DnsSettings, dnsConfig } from './dns.ts';
import { podHostname } from './hosts-file.ts';
import { namespaceOptions } from './security.ts';

export interface SandboxParts {
  readonly pod: PodModel;
  readonly attempt: number;
  readonly logDirectory: string;
  readonly cgroupParent: string;
  readonly dns: DnsSettings;
}

/** What a pod's sandbox is made with: pure. */
export function sandboxConfig(parts: SandboxParts): PodSandboxConfig {
  const { pod, attempt, logDirectory, cgroupParent, dns } = parts;
  const { name, namespace, uid, object } = pod;
  const security = object.spec?.securityContext;
  const privileged = [...pod.initContainers, ...pod.containers].some(
    (container) => container.spec.securityContext?.privileged === true,
  );
  return {
    metadata: { name, namespace, uid, attempt },
    // A pod in the node's own network has the node's own name: there is nothing to set.
    ...(pod.hostNetwork ? {} : { hostname: podHostname(pod) }),
    logDirectory,
    dnsConfig: dnsConfig(pod, dns),
    labels: { ...object.metadata.labels, ...podLabels(pod) },
    annotations: { ...object.metadata.annotations },
    linux: {
      cgroupParent,
      sysctls: Object.fromEntries(
        (security?.sysctls ?? []).map((each) => [each.name ?? '', each.value ?? '']),
      ),
      securityContext: {
        namespaceOptions: namespaceOptions(pod),
        privileged,
        seccomp: { profileType: privileged ? ProfileType.Unconfined : ProfileType.RuntimeDefault },
      },
    },
  };
}
