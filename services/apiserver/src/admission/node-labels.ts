/** Which labels of its own Node an agent may set (KEP-279: the others say what only administrators may say). */

type Labels = Readonly<Record<string, string>>;

const OF_AGENTS: ReadonlySet<string> = new Set([
  'kubernetes.io/hostname',
  'kubernetes.io/arch',
  'kubernetes.io/os',
  'beta.kubernetes.io/arch',
  'beta.kubernetes.io/os',
  'beta.kubernetes.io/instance-type',
  'node.kubernetes.io/instance-type',
  'failure-domain.beta.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'failure-domain.kubernetes.io/region',
  'failure-domain.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'topology.kubernetes.io/zone',
]);
const AGENT_NAMESPACES = ['kubelet.kubernetes.io', 'node.kubernetes.io'] as const;
const RESTRICTED = 'node-restriction.kubernetes.io';

/** Keys whose values differ. */
export function modifiedLabels(before: Labels, after: Labels): readonly string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].filter((key) => before[key] !== after[key]);
}

export function forbiddenLabels(keys: readonly string[]): readonly string[] {
  return keys
    .filter((key) => {
      const namespace = key.includes('/') ? key.slice(0, key.indexOf('/')) : '';
      if (within(namespace, RESTRICTED)) return true;
      if (!within(namespace, 'kubernetes.io') && !within(namespace, 'k8s.io')) return false;
      return !OF_AGENTS.has(key) && !AGENT_NAMESPACES.some((allowed) => within(namespace, allowed));
    })
    .sort();
}

function within(namespace: string, domain: string): boolean {
  return namespace === domain || namespace.endsWith(`.${domain}`);
}
