/**
 * The node's nftables table as data, and the script that turns one state of it into another. One verdict-map lookup
 * finds the chain of a Service whatever the number of Services; a change touches only its own chain and elements.
 *
 *   prerouting, output ─ services: (address, protocol, port) ─▶ svc-<hash> ─ dnat to one of its endpoints
 *                      └ node_ports: (protocol, port)        ─▶ the same, marked for masquerade
 */
import { createHash } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import { planAffinity } from './affinity.ts';
import { isAnyAddress, isLoopback } from './host-address.ts';
import type { HostPort, NetworkSettings, ServicePort } from './types.ts';

/** Set on connections whose source has to become the node's: what comes back must pass through here. */
const MASQUERADE_MARK = '0x4000';

export interface Ruleset {
  /** Chain name → its rules. */
  readonly chains: ReadonlyMap<string, readonly string[]>;
  /** Set name → its definition; what lies in them is the kernel's affair. */
  readonly sets: ReadonlyMap<string, string>;
  /** Map element key → value, for the maps below. */
  readonly services: ReadonlyMap<string, string>;
  readonly nodePorts: ReadonlyMap<string, string>;
  readonly hostPorts: ReadonlyMap<string, string>;
  /** Of one address of the node only. */
  readonly hostIpPorts: ReadonlyMap<string, string>;
  /** `ip . ip` of every endpoint: a pod that calls a Service and is given itself. */
  readonly hairpins: ReadonlySet<string>;
}

export const EMPTY_RULESET: Ruleset = {
  chains: new Map(),
  sets: new Map(),
  services: new Map(),
  nodePorts: new Map(),
  hostPorts: new Map(),
  hostIpPorts: new Map(),
  hairpins: new Set(),
};

/** What the table should hold. Service ports without endpoints have no entry: their traffic is rejected. */
export function planRuleset(ports: Iterable<ServicePort>, hostPorts: Iterable<HostPort> = []): Ruleset {
  const chains = new Map<string, readonly string[]>();
  const sets = new Map<string, string>();
  const services = new Map<string, string>();
  const nodePorts = new Map<string, string>();
  const hairpins = new Set<string>();
  for (const port of ports) {
    if (port.endpoints.length === 0) continue;
    const chain = chainName(port);
    if (port.affinityS === undefined) chains.set(chain, [dnatRule(port)]);
    else {
      const affinity = planAffinity(port, port.affinityS);
      chains.set(chain, affinity.rules);
      for (const [name, rules] of affinity.chains) chains.set(name, rules);
      for (const [name, definition] of affinity.sets) sets.set(name, definition);
    }
    if (port.clusterIP) services.set(`${port.clusterIP} . ${port.protocol} . ${port.port}`, `goto ${chain}`);
    if (port.nodePort) nodePorts.set(`${port.protocol} . ${port.nodePort}`, `goto ${chain}`);
    for (const endpoint of port.endpoints) hairpins.add(`${endpoint.ip} . ${endpoint.ip}`);
  }
  const everywhere = new Map<string, string>();
  const hostIpPorts = new Map<string, string>();
  for (const port of hostPorts) {
    const [key, pod] = [`${port.protocol} . ${port.hostPort}`, `${port.podIP} . ${port.containerPort}`];
    if (isAnyAddress(port.hostIP)) everywhere.set(key, pod);
    // Loopback is not the kernel's: see LoopbackProxy.
    else if (isIPv4(port.hostIP) && !isLoopback(port.hostIP)) hostIpPorts.set(`${port.hostIP} . ${key}`, pod);
    hairpins.add(`${port.podIP} . ${port.podIP}`);
  }
  return { chains, sets, services, nodePorts, hostPorts: everywhere, hostIpPorts, hairpins };
}

/** Stable over endpoint changes and short enough for nftables; the id alone could hold characters it refuses. */
function chainName(port: ServicePort): string {
  return `svc-${createHash('sha256').update(`${port.id}/${port.protocol}`).digest('hex').slice(0, 16)}`;
}

function dnatRule({ protocol, endpoints }: ServicePort): string {
  const [only] = endpoints;
  const match = `meta l4proto ${protocol}`;
  if (endpoints.length === 1 && only) return `${match} dnat ip to ${only.ip}:${only.port}`;
  const choices = endpoints.map((e, i) => `${i} : ${e.ip} . ${e.port}`).join(', ');
  return `${match} dnat ip to numgen random mod ${endpoints.length} map { ${choices} }`;
}

/** Makes the table anew, in one transaction, whatever was there before. */
export function createScript(settings: NetworkSettings, ruleset: Ruleset, dnsPort: number): string {
  const { podCidr, serviceCidr, dnsIP, nodeIP } = settings;
  const table = `inet ${settings.tableName}`;
  const dnsTarget = `${nodeIP}:${dnsPort}`;
  return `add table ${table}
delete table ${table}
table ${table} {
  map services { type ipv4_addr . inet_proto . inet_service : verdict; }
  map node_ports { type inet_proto . inet_service : verdict; }
  map host_ports { type inet_proto . inet_service : ipv4_addr . inet_service; }
  map host_ip_ports { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service; }
  set node_ports_known { type inet_proto . inet_service; }
  set hairpins { type ipv4_addr . ipv4_addr; }
  chain local_ports {
    meta l4proto . th dport @node_ports_known meta mark set meta mark | ${MASQUERADE_MARK}
    meta l4proto . th dport vmap @node_ports
    meta l4proto { tcp, udp } dnat ip to ip daddr . meta l4proto . th dport map @host_ip_ports
    meta l4proto { tcp, udp } dnat ip to meta l4proto . th dport map @host_ports
  }
  chain dispatch {
    ip daddr ${dnsIP} udp dport 53 dnat ip to ${dnsTarget}
    ip daddr ${dnsIP} tcp dport 53 dnat ip to ${dnsTarget}
    ip daddr . meta l4proto . th dport vmap @services
    ip daddr != 127.0.0.0/8 fib daddr type local jump local_ports
  }
  chain prerouting { type nat hook prerouting priority dstnat; policy accept; meta nfproto ipv4 jump dispatch; }
  chain output { type nat hook output priority -100; policy accept; meta nfproto ipv4 jump dispatch; }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    meta mark & ${MASQUERADE_MARK} == ${MASQUERADE_MARK} meta mark set meta mark ^ ${MASQUERADE_MARK} masquerade fully-random
    ct status dnat ip saddr . ip daddr @hairpins masquerade fully-random
    ip saddr ${podCidr} ip daddr != { ${podCidr}, ${serviceCidr} } oifname != "lo" fib daddr type != local masquerade fully-random
  }
  chain refuse {
    ip daddr ${serviceCidr} meta l4proto tcp reject with tcp reset
    ip daddr ${serviceCidr} reject
  }
  chain forward { type filter hook forward priority filter; policy accept; jump refuse; }
  chain local_out { type filter hook output priority filter; policy accept; jump refuse; }
  chain input {
    type filter hook input priority filter; policy accept;
    ip daddr ${nodeIP} meta l4proto { tcp, udp } th dport ${dnsPort} ip saddr != ${podCidr} fib saddr type != local drop
  }
}
${updateScript(settings, EMPTY_RULESET, ruleset)}`;
}

/** The commands that turn `before` into `after`; empty if they are the same. */
export function updateScript(settings: NetworkSettings, before: Ruleset, after: Ruleset): string {
  const table = `inet ${settings.tableName}`;
  const lines: string[] = [];
  // What rules refer to comes before them, and goes after them.
  for (const [set, definition] of after.sets)
    if (!before.sets.has(set)) lines.push(`add set ${table} ${set} { ${definition} }`);
  const changed = [...after.chains].filter(
    ([chain, rules]) => !isDeepStrictEqual(before.chains.get(chain), rules),
  );
  for (const [chain] of changed)
    lines.push(`${before.chains.has(chain) ? 'flush' : 'add'} chain ${table} ${chain}`);
  for (const [chain, rules] of changed)
    for (const rule of rules) lines.push(`add rule ${table} ${chain} ${rule}`);
  changeMap(lines, `${table} services`, before.services, after.services);
  changeMap(lines, `${table} node_ports`, before.nodePorts, after.nodePorts);
  changeMap(lines, `${table} host_ports`, before.hostPorts, after.hostPorts);
  changeMap(lines, `${table} host_ip_ports`, before.hostIpPorts, after.hostIpPorts);
  changeSet(
    lines,
    `${table} node_ports_known`,
    new Set(before.nodePorts.keys()),
    new Set(after.nodePorts.keys()),
  );
  changeSet(lines, `${table} hairpins`, before.hairpins, after.hairpins);
  const gone = [...before.chains.keys()].filter((chain) => !after.chains.has(chain));
  for (const chain of gone) lines.push(`flush chain ${table} ${chain}`);
  for (const chain of gone) lines.push(`delete chain ${table} ${chain}`);
  for (const set of before.sets.keys()) if (!after.sets.has(set)) lines.push(`delete set ${table} ${set}`);
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

function changeMap(
  lines: string[],
  name: string,
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): void {
  const gone = [...before].filter(([key, value]) => after.get(key) !== value);
  const come = [...after].filter(([key, value]) => before.get(key) !== value);
  if (gone.length > 0)
    lines.push(`delete element ${name} { ${gone.map(([k, v]) => `${k} : ${v}`).join(', ')} }`);
  if (come.length > 0)
    lines.push(`add element ${name} { ${come.map(([k, v]) => `${k} : ${v}`).join(', ')} }`);
}

function changeSet(
  lines: string[],
  name: string,
  before: ReadonlySet<string>,
  after: ReadonlySet<string>,
): void {
  const gone = [...before].filter((key) => !after.has(key));
  const come = [...after].filter((key) => !before.has(key));
  if (gone.length > 0) lines.push(`delete element ${name} { ${gone.join(', ')} }`);
  if (come.length > 0) lines.push(`add element ${name} { ${come.join(', ')} }`);
}
