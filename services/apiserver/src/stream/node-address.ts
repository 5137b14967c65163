/** Where a node's agent is reached: its InternalIP and the port it says in its status. */
import { ApiError } from '@reckon/api';
import type { KubeObject } from '../verbs/types.ts';

export interface NodeAddress {
  readonly nodeName: string;
  readonly host: string;
  readonly port: number;
}

/** Kubernetes' port of a kubelet, where a node names none. */
const DEFAULT_PORT = 10_250;

interface NodeStatus {
  readonly addresses?: readonly { readonly type?: string; readonly address?: string }[];
  readonly daemonEndpoints?: { readonly kubeletEndpoint?: { readonly Port?: number } };
}

export function addressOf(node: KubeObject): NodeAddress {
  const status = (node.status ?? {}) as NodeStatus;
  const host = status.addresses?.find(({ type }) => type === 'InternalIP')?.address;
  if (!host) throw new ApiError('ServiceUnavailable', `no preferred addresses found; known addresses: []`);
  const port = status.daemonEndpoints?.kubeletEndpoint?.Port || DEFAULT_PORT;
  return { nodeName: node.metadata.name ?? '', host, port };
}
