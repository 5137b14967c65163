/** Which file each message goes to: one file a kind, what several kinds share in files of its own. */
import type { Facts } from './facts.ts';

/** The API packages that have messages, by the last parts of their names. */
export const PACKAGES: readonly string[] = [
  'core.v1',
  'apps.v1',
  'batch.v1',
  'autoscaling.v1',
  'autoscaling.v2',
  'policy.v1',
  'networking.v1',
  'discovery.v1',
  'coordination.v1',
  'events.v1',
  'rbac.v1',
  'storage.v1',
  'scheduling.v1',
  'node.v1',
  'authentication.v1',
  'authorization.v1',
  'certificates.v1',
];

/** Messages that exist only in the protobuf form: options that travel as query parameters. */
export const WIRE_ONLY: Readonly<Record<string, readonly string[]>> = {
  'core.v1': [
    'NodeProxyOptions',
    'PodAttachOptions',
    'PodExecOptions',
    'PodLogOptions',
    'PodPortForwardOptions',
    'PodProxyOptions',
    'ServiceProxyOptions',
  ],
  'meta.v1': [
    'CreateOptions',
    'GetOptions',
    'ListOptions',
    'PartialObjectMetadata',
    'PartialObjectMetadataList',
    'PatchOptions',
    'TableOptions',
    'UpdateOptions',
  ],
};

const CORE: readonly (readonly [file: string, messages: RegExp])[] = [
  ['binding', /^Binding$/],
  ['component_status', /^Component/],
  ['config_map', /^ConfigMap(List)?$/],
  ['secret', /^Secret(List)?$/],
  ['namespace', /^Namespace/],
  ['event', /^Event/],
  ['endpoints', /^Endpoint/],
  ['service_account', /^ServiceAccount(List)?$/],
  ['limit_range', /^LimitRange/],
  ['resource_quota', /^(ResourceQuota|Scope)/],
  ['service', /^(Service(?!Account)|LoadBalancer|SessionAffinity|ClientIP|PortStatus)/],
  ['replication_controller', /^ReplicationController/],
  ['options', /Options$/],
  ['pod_template', /^PodTemplate(List)?$/],
  ['persistent_volume_claim', /^(PersistentVolumeClaim(?!VolumeSource)|ModifyVolume|VolumeResourceReq)/],
  [
    'persistent_volume',
    /^(PersistentVolume(List|Spec|Status)?$|VolumeNodeAffinity|.*PersistentVolumeSource|LocalVolumeSource)/,
  ],
  ['volume', /(VolumeSource|Projection|DownwardAPIVolumeFile)$|^Volume(Projection)?$|^KeyToPath$/],
  [
    'selector',
    /^(NodeSelector|TopologySelector|PreferredScheduling|.*KeySelector|ObjectFieldSelector|ResourceFieldSelector)/,
  ],
  ['reference', /Reference$/],
  [
    'affinity',
    /^(Affinity|NodeAffinity|Pod(Anti)?Affinity|WeightedPodAffinity|Toleration|Taint|TopologySpread)/,
  ],
  ['node', /^(Node|AttachedVolume|ContainerImage|DaemonEndpoint)/],
  ['resources', /^(ResourceRequirements|ResourceClaim|ContainerResizePolicy)$/],
  [
    'pod_status',
    /^(Pod(Status|Condition|IP|ResourceClaimStatus|Extended)|HostIP|Container(Status|State|User)|LinuxContainerUser|ResourceStatus|ResourceHealth|VolumeMountStatus|ContainerExtended)/,
  ],
  ['pod', /^(Pod|HostAlias|Sysctl|WorkloadReference)/],
  ['security', /^(.*Security|SELinux|Seccomp|AppArmor|Windows|Capabilities)/],
  [
    'container',
    /^(Container|Ephemeral|Env|FileKey|Probe|.*Action$|HTTPHeader|Lifecycle|VolumeMount$|VolumeDevice)/,
  ],
];

/** Full OpenAPI names that a definition refers to. */
function references(facts: Facts, name: string): readonly string[] {
  const found: string[] = [];
  for (const field of Object.values(facts.types[name]?.fields ?? {})) {
    const ref = field.ref ?? field.list?.ref ?? field.map?.ref;
    if (ref !== undefined) found.push(ref);
  }
  return found;
}

function reachable(facts: Facts, root: string): ReadonlySet<string> {
  const seen = new Set<string>();
  const open = [root];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    open.push(...references(facts, next));
  }
  return seen;
}

export function snakeCase(name: string): string {
  return name
    .replace(
      /([A-Z]+)s(?=[A-Z]|$)/g,
      (_, acronym: string) => `${acronym[0]}${acronym.slice(1).toLowerCase()}s`,
    )
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
    .toLowerCase();
}

/** File (without folder and ending) of every message of a package. */
export function assignFiles(facts: Facts, pkg: string, openapiPrefix: string): ReadonlyMap<string, string> {
  const names = Object.keys(facts.types)
    .filter((name) => name.startsWith(openapiPrefix) && !name.slice(openapiPrefix.length).includes('.'))
    .map((name) => name.slice(openapiPrefix.length));
  const files = new Map<string, string>();
  if (pkg === 'meta.v1') {
    for (const name of names) {
      const file = /Options$|Preconditions/.test(name)
        ? 'options'
        : /^API|^GroupVersion|^ServerAddress/.test(name)
          ? 'discovery'
          : 'meta';
      files.set(name, file);
    }
    return files;
  }
  if (pkg === 'core.v1') {
    for (const name of names) files.set(name, CORE.find(([, pattern]) => pattern.test(name))?.[0] ?? 'types');
    return files;
  }
  const roots = names.filter(
    (name) => facts.types[openapiPrefix + name]?.gvk !== undefined && !name.endsWith('List'),
  );
  const reach = new Map(roots.map((root) => [root, reachable(facts, openapiPrefix + root)]));
  for (const name of names) {
    const users = roots.filter(
      (root) => name === `${root}List` || reach.get(root)?.has(openapiPrefix + name),
    );
    const [only] = users;
    files.set(name, users.length === 1 && only !== undefined ? snakeCase(only) : 'types');
  }
  return files;
}
