import { canonicalQuantity } from '@reckon/api';
import type { Frozen } from '@reckon/client';
import type { ImageInfo, RuntimeVersion } from '@reckon/cri';
import type { Node, NodeStatus } from '@reckon/proto/reckon/api/core/v1/node.ts';
import type { MachineFacts } from './machine.ts';

/** The version whose behaviour the agent has. */
const KUBELET_VERSION = 'v1.32.0';
/** Kept back for the system, so that it lives when pods use all they may. */
const RESERVED_MEMORY_BYTES = 100 * 1024 * 1024;
const USABLE_DISK_SHARE = 0.9;
/** As many images as the kubelet shows. */
const MAX_IMAGES = 50;

export interface NodeIdentity {
  readonly name: string;
  readonly address: string;
  readonly podCidr: string;
  /** Of the agent's server; 0: it has none. */
  readonly port: number;
  readonly maxPods: number;
}

type Resources = Readonly<Record<string, string>>;

/** What a node has, and what of it pods can be given. */
export interface NodeResources {
  readonly capacity: Resources;
  readonly allocatable: Resources;
}

export function nodeResources(machine: MachineFacts, maxPods: number): NodeResources {
  const pods = String(maxPods);
  const cpu = String(machine.cpus);
  // As the API keeps it (8388608Ki is 8Gi): what is compared with it must not differ for ever.
  const kibibytes = (bytes: number) => canonicalQuantity(`${Math.floor(bytes / 1024)}Ki`);
  return {
    capacity: {
      cpu,
      memory: kibibytes(machine.memoryBytes),
      'ephemeral-storage': kibibytes(machine.diskBytes),
      pods,
    },
    allocatable: {
      cpu,
      memory: kibibytes(machine.memoryBytes - RESERVED_MEMORY_BYTES),
      'ephemeral-storage': String(Math.floor(machine.diskBytes * USABLE_DISK_SHARE)),
      pods,
    },
  };
}

/**
 * With what somebody has said that the node has more, by writing it into the capacity of its status: it can be given to
 * pods whole (https://kubernetes.io/docs/tasks/administer-cluster/extended-resource-node/).
 */
export function withExtended(
  resources: NodeResources,
  recorded: Frozen<NodeStatus> | undefined,
): NodeResources {
  const added = Object.entries(recorded?.capacity ?? {}).filter(([name]) => isExtended(name));
  if (added.length === 0) return resources;
  const more = Object.fromEntries(added);
  return {
    capacity: { ...resources.capacity, ...more },
    allocatable: { ...resources.allocatable, ...more },
  };
}

/** `example.com/dongle`: what is not of a domain belongs to Kubernetes. */
export function isExtended(name: string): boolean {
  return name.includes('/') && !/^([^/]+\.)?kubernetes\.io\//.test(name);
}

export function newNode(identity: NodeIdentity, machine: MachineFacts): Node {
  const { name, podCidr } = identity;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: nodeLabels(name, machine) },
    spec: { podCIDR: podCidr, podCIDRs: [podCidr] },
  };
}

export function nodeLabels(name: string, machine: MachineFacts): Record<string, string> {
  return {
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
    'kubernetes.io/arch': machine.architecture,
    'beta.kubernetes.io/os': 'linux',
    'beta.kubernetes.io/arch': machine.architecture,
  };
}

/** Everything of the status but its conditions. */
export function nodeStatus(known: {
  readonly identity: NodeIdentity;
  readonly machine: MachineFacts;
  readonly resources: NodeResources;
  readonly runtime: RuntimeVersion;
  readonly images: readonly ImageInfo[];
}): Frozen<NodeStatus> {
  const { identity, machine, resources, runtime, images } = known;
  const version = runtime.version.replace(/~.*/, '');
  return {
    ...resources,
    addresses: [
      { type: 'InternalIP', address: identity.address },
      { type: 'Hostname', address: identity.name },
    ],
    ...(identity.port > 0 ? { daemonEndpoints: { kubeletEndpoint: { Port: identity.port } } } : {}),
    nodeInfo: {
      machineID: machine.machineId,
      systemUUID: machine.systemUuid,
      bootID: machine.bootId,
      kernelVersion: machine.kernelVersion,
      osImage: machine.osImage,
      containerRuntimeVersion: `${runtime.name}://${version}`,
      kubeletVersion: KUBELET_VERSION,
      kubeProxyVersion: KUBELET_VERSION,
      operatingSystem: 'linux',
      architecture: machine.architecture,
    },
    images: [...images]
      .sort((a, b) => b.sizeBytes - a.sizeBytes || (a.id < b.id ? -1 : 1))
      .slice(0, MAX_IMAGES)
      .map(({ digests, tags, sizeBytes }) => ({ names: [...digests, ...tags], sizeBytes }))
      .filter(({ names }) => names.length > 0),
  };
}
