import type { Frozen, Stored } from '@reckon/client';
import type { Container } from '@reckon/proto/reckon/api/core/v1/container.ts';
import type { Pod } from '@reckon/proto/reckon/api/core/v1/pod.ts';
import { definitionHash } from './definition-hash.ts';
import { type QosClass, qosClass } from './qos.ts';

export type StoredPod = Stored<Pod>;
export type ContainerSpec = Frozen<Container>;

/**
 * What a container is for. `init` runs to its end before the next starts; `sidecar` is an init container with
 * restartPolicy Always (KEP-753): the next starts once it has started, and it outlives the others. `ephemeral` was put
 * into the running pod to look around (KEP-277): it runs once, and nothing else depends on it.
 */
export type ContainerRole = 'init' | 'sidecar' | 'app' | 'ephemeral';
export type RestartPolicy = 'Always' | 'OnFailure' | 'Never';
export type PullPolicy = 'Always' | 'IfNotPresent' | 'Never';

/** A container of a pod's specification with every default filled in. */
export interface ContainerModel {
  readonly name: string;
  readonly role: ContainerRole;
  readonly image: string;
  readonly pullPolicy: PullPolicy;
  /** Changes with everything that asks for the container to be made anew. */
  readonly hash: string;
  readonly spec: ContainerSpec;
  /** Of an ephemeral one: the container whose processes it sees. */
  readonly target?: string | undefined;
}

/** A pod as it is wanted: the API's object, read once. */
export interface PodModel {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly object: StoredPod;
  /** In the order in which they start. */
  readonly initContainers: readonly ContainerModel[];
  readonly containers: readonly ContainerModel[];
  readonly ephemeralContainers: readonly ContainerModel[];
  readonly restartPolicy: RestartPolicy;
  /** Seconds that containers get between SIGTERM and SIGKILL. */
  readonly graceS: number;
  /** Set once somebody asked for its deletion. */
  readonly deletion: { readonly graceS: number } | undefined;
  readonly hostNetwork: boolean;
  readonly activeDeadlineS: number | undefined;
  readonly qosClass: QosClass;
}

const DEFAULT_GRACE_S = 30;

export function podModel(object: StoredPod): PodModel {
  const { metadata, spec } = object;
  const deletion = metadata.deletionTimestamp
    ? {
        graceS: metadata.deletionGracePeriodSeconds ?? spec?.terminationGracePeriodSeconds ?? DEFAULT_GRACE_S,
      }
    : undefined;
  return {
    uid: metadata.uid,
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    object,
    initContainers: (spec?.initContainers ?? []).map((each) =>
      containerModel(each, each.restartPolicy === 'Always' ? 'sidecar' : 'init'),
    ),
    containers: (spec?.containers ?? []).map((each) => containerModel(each, 'app')),
    ephemeralContainers: (spec?.ephemeralContainers ?? []).map(({ targetContainerName, ...each }) => ({
      ...containerModel(each, 'ephemeral'),
      ...(targetContainerName ? { target: targetContainerName } : {}),
    })),
    restartPolicy: restartPolicy(spec?.restartPolicy),
    graceS: spec?.terminationGracePeriodSeconds ?? DEFAULT_GRACE_S,
    deletion,
    hostNetwork: spec?.hostNetwork === true,
    activeDeadlineS: spec?.activeDeadlineSeconds,
    qosClass: qosClass(spec ?? {}),
  };
}

function containerModel(spec: ContainerSpec, role: ContainerRole): ContainerModel {
  const image = spec.image ?? '';
  return {
    name: spec.name ?? '',
    role,
    image,
    pullPolicy: pullPolicy(spec.imagePullPolicy, image),
    hash: definitionHash(spec),
    spec,
  };
}

function restartPolicy(policy: string | undefined): RestartPolicy {
  return policy === 'OnFailure' || policy === 'Never' ? policy : 'Always';
}

/**
 * Without a policy: Always for the tag `latest`, given or implied, IfNotPresent for any other and for digests
 * (Kubernetes: "Images", default image pull policy).
 */
function pullPolicy(policy: string | undefined, image: string): PullPolicy {
  if (policy === 'Always' || policy === 'IfNotPresent' || policy === 'Never') return policy;
  if (image.includes('@')) return 'IfNotPresent';
  const tag = /:([^/:]+)$/.exec(image)?.[1] ?? 'latest';
  return tag === 'latest' ? 'Always' : 'IfNotPresent';
}

/** The containers that start before the others, the others, and those for debugging: in the order of the status. */
export function allContainers(pod: PodModel): readonly ContainerModel[] {
  return [...pod.initContainers, ...pod.containers, ...pod.ephemeralContainers];
}
