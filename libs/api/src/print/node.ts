import type { Node } from '@reckon/proto/reckon/api/core/v1/node.ts';
import { findCondition } from '../conditions/condition.ts';
import { ageOf } from '../names/duration.ts';
import { AGE, NAME, orNone, printer, text, wide } from './columns.ts';
import type { Frozen } from './types.ts';

const ROLE_PREFIX = 'node-role.kubernetes.io/';
const ROLE_LABEL = 'kubernetes.io/role';

export const nodePrinter = printer<Node>(
  [
    NAME,
    text('Status', 'Whether the node is ready and takes new pods.'),
    text('Roles', 'Roles of the node, from its labels.'),
    AGE,
    text('Version', 'Version of the node agent.'),
    wide(text('Internal-IP', 'Address of the node inside the cluster.')),
    wide(text('External-IP', 'Address of the node from outside.')),
    wide(text('OS-Image', 'Operating system of the node.')),
    wide(text('Kernel-Version', 'Kernel of the node.')),
    wide(text('Container-Runtime', 'Container runtime of the node and its version.')),
  ],
  (node, nowMs) => {
    const info = node.status?.nodeInfo;
    return {
      cells: [
        node.metadata.name ?? '',
        statusOf(node),
        orNone(rolesOf(node.metadata.labels).join(',')),
        ageOf(node.metadata.creationTimestamp, nowMs),
        info?.kubeletVersion ?? '',
        addressOf(node, 'InternalIP'),
        addressOf(node, 'ExternalIP'),
        info?.osImage || '<unknown>',
        info?.kernelVersion || '<unknown>',
        info?.containerRuntimeVersion || '<unknown>',
      ],
    };
  },
);

function statusOf(node: Frozen<Node>): string {
  const ready = findCondition(node.status?.conditions, 'Ready');
  const word = ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
  return node.spec?.unschedulable === true ? `${word},SchedulingDisabled` : word;
}

function rolesOf(labels: Readonly<Record<string, string>> | undefined): readonly string[] {
  const roles = new Set<string>();
  for (const [key, value] of Object.entries(labels ?? {})) {
    if (key.startsWith(ROLE_PREFIX)) roles.add(key.slice(ROLE_PREFIX.length));
    else if (key === ROLE_LABEL) roles.add(value);
  }
  roles.delete('');
  return [...roles].sort();
}

function addressOf(node: Frozen<Node>, type: string): string {
  return node.status?.addresses?.find((address) => address.type === type)?.address ?? '<none>';
}
