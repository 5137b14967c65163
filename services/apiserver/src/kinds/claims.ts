/**
 * Claims make something unique in the whole cluster: whoever wants an address or a port creates the object of that
 * name in the same transaction as the object that uses it. Two API servers cannot both succeed (L2), and a claim goes
 * in the transaction in which its owner goes, so that none is ever lost.
 */
import { type ObjectKey, rfc3339 } from '@reckon/api';
import type { Preparation } from '../verbs/env.ts';
import { createOf, deleteOf, PLAIN, type PlannedWrite } from '../verbs/plan.ts';
import type { KubeObject } from '../verbs/types.ts';

export interface Owner {
  readonly namespace: string;
  readonly name: string;
}

/** A Service address is claimed by Kubernetes' own kind for it (KEP-1880). */
export function addressKey(address: string): ObjectKey {
  return { resource: 'ipaddresses.networking.k8s.io', namespace: '', name: address };
}

/** Nobody else has a kind for this; it is one number, whatever the protocol. */
export function nodePortKey(port: number): ObjectKey {
  return { resource: 'nodeports.reckon.dev', namespace: '', name: String(port) };
}

export function claimOf({ env, nowMs }: Preparation, key: ObjectKey, owner: Owner): PlannedWrite {
  const metadata = { name: key.name, uid: env.random.uuid(), creationTimestamp: rfc3339(nowMs) };
  const parentRef = { group: '', resource: 'services', namespace: owner.namespace, name: owner.name };
  return createOf({ key, traits: PLAIN, object: claimObject(key, metadata, parentRef) });
}

function claimObject(key: ObjectKey, metadata: KubeObject['metadata'], parentRef: object): KubeObject {
  if (key.resource === 'nodeports.reckon.dev')
    return { apiVersion: 'reckon.dev/v1', kind: 'NodePort', metadata, spec: { parentRef } };
  const labels = {
    'ipaddress.kubernetes.io/ip-family': 'IPv4',
    'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io',
  };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IPAddress',
    metadata: { ...metadata, labels },
    spec: { parentRef },
  };
}

export function isClaimed({ state }: Preparation, key: ObjectKey): boolean {
  return state.get(key) !== undefined;
}

export function releaseOf({ state }: Preparation, key: ObjectKey): readonly PlannedWrite[] {
  const current = state.get(key);
  return current ? [deleteOf({ current, traits: PLAIN })] : [];
}
