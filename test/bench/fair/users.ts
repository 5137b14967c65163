/** Who takes part, with the groups of each: none of them is let past the queues, as `system:masters` are. */
export const FLOOD = 'flood';
export const SHOP = 'shop';
export const NODE = 'system:node:n1';
export const LEADER = 'system:kube-scheduler';

export const USERS: Readonly<Record<string, readonly string[]>> = {
  [FLOOD]: ['team'],
  [SHOP]: ['team'],
  [NODE]: ['system:nodes'],
  [LEADER]: [],
};

/** Where the flood lists, where it creates, and where the shop works. */
export const LISTED = 'listed';
export const FLOODED = 'flooded';
export const QUIET = 'quiet';

export const podsOf = (namespace: string) => `/api/v1/namespaces/${namespace}/pods`;

/** About 2 KB as it lies in the log. */
export function pod(name: string): string {
  const containers = [
    {
      name: 'c',
      image: 'registry.example.com/team/app:v1',
      env: [{ name: 'A', value: 'x'.repeat(40) }],
      resources: { requests: { cpu: '100m', memory: '128Mi' } },
    },
  ];
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: 'app', tier: 'backend' } },
    spec: { containers },
  });
}
