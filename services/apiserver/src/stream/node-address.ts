/** Where a node's agent is reached: its InternalIP and the port it says in its status. */
import { ApiError } from '@reckon/api';
import type { KubeObject } from '../verbs/types.ts';

export interface NodeAddress {
  readonly nodeName: string;
  readonly host: string;
  readonly port: number;
}

interface NodeStatus {
  readonly addresses?: readonly { readonly type?: string; readonly address?: string }[];
  readonly daemonEndpoints?: { readonly kubeletEndpoint?: { readonly Port?: number } };
}

export function addressOf(node: KubeObject): NodeAddress {
  const status = (node.status ?? {}) as NodeStatus;
  const host = status.addresses?.find(({ type }) => type === 'InternalIP')?.address;
  if (!host) throw new ApiError('ServiceUnavailable', `no preferred addresses found; known addresses: []`);
  const nodeName = node.metadata.name ?? '';
  const port = status.daemonEndpoints?.kubeletEndpoint?.Port;
  // At Kubernetes' usual port there may be the agent of another node, or of another cluster.
  if (!port)
    throw new ApiError(
      'ServiceUnavailable',
      `node ${nodeName} has no agent that could be asked: it announces no port, as nodes do that only pretend`,
    );
  return { nodeName, host, port };
}
