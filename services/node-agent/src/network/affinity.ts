/**
 * Services that stay with a client (`sessionAffinity: ClientIP`): each endpoint has a set of the clients that it
 * serves, which forgets who has not come back for the Service's time-out. It is the kernel that remembers; each node
 * remembers for itself, as kube-proxies do.
 *
 *   svc-<hash> ─ known to from-<hash of an endpoint> ─▶ to-<the same> ─ remember, dnat
 *              └ anybody else ─ one at random        ─▶
 */
import { createHash } from 'node:crypto';
import type { Endpoint, ServicePort } from './types.ts';

/** So many clients an endpoint remembers at most; those beyond are served and not remembered. */
const MAX_CLIENTS = 65_536;

export interface Affinity {
  /** The rules of the Service's own chain. */
  readonly rules: readonly string[];
  /** Chain name → its rules: one chain an endpoint. */
  readonly chains: ReadonlyMap<string, readonly string[]>;
  /** Set name → what it holds. */
  readonly sets: ReadonlyMap<string, string>;
}

/** @param timeoutS after so long without a new connection a client is nobody's. */
export function planAffinity(port: ServicePort, timeoutS: number): Affinity {
  const known: string[] = [];
  const chosen: string[] = [];
  const chains = new Map<string, readonly string[]>();
  const sets = new Map<string, string>();
  for (const [i, endpoint] of port.endpoints.entries()) {
    const hash = hashOf(port, endpoint, timeoutS);
    const [set, chain] = [`from-${hash}`, `to-${hash}`];
    sets.set(set, `type ipv4_addr; size ${MAX_CLIENTS}; flags dynamic,timeout; timeout ${timeoutS}s;`);
    chains.set(chain, [
      `update @${set} { ip saddr }`,
      `meta l4proto ${port.protocol} dnat ip to ${endpoint.ip}:${endpoint.port}`,
    ]);
    known.push(`ip saddr @${set} goto ${chain}`);
    chosen.push(`${i} : goto ${chain}`);
  }
  const anybody = `numgen random mod ${port.endpoints.length} vmap { ${chosen.join(', ')} }`;
  return { rules: [...known, anybody], chains, sets };
}

/** With the time-out: a set cannot be given another one. */
function hashOf({ id, protocol }: ServicePort, { ip, port }: Endpoint, timeoutS: number): string {
  const text = `${id}/${protocol}/${ip}:${port}/${timeoutS}`;
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
