/** What a Service claims in the whole cluster: its address and its node ports. */
import { type Cause, isArray, type ObjectKey } from '@reckon/api';
import type { Preparation } from '../verbs/env.ts';
import { addressKey, isClaimed, nodePortKey } from './claims.ts';
import { formatIpv4, type Ipv4Range, isUsable, parseIpv4, parseIpv4Range } from './ipv4-range.ts';
import {
  type Fields,
  HEADLESS,
  needsClusterIp,
  needsHealthCheckNodePort,
  needsNodePorts,
  portsOf,
} from './service-spec.ts';

/** Addresses at the beginning of the range that are given out last, so that people can choose them (KEP-3070). */
const STATIC_ADDRESSES = { least: 16, part: 16, most: 256 } as const;

/** The claims that a Service holds. */
export function claimsOf(spec: Fields): ReadonlyMap<string, ObjectKey> {
  const keys: ObjectKey[] = [];
  for (const address of isArray(spec.clusterIPs) ? spec.clusterIPs : [])
    if (typeof address === 'string' && address !== '' && address !== HEADLESS) keys.push(addressKey(address));
  for (const { nodePort } of portsOf(spec))
    if (typeof nodePort === 'number' && nodePort > 0) keys.push(nodePortKey(nodePort));
  const { healthCheckNodePort: port } = spec;
  if (typeof port === 'number' && port > 0) keys.push(nodePortKey(port));
  return new Map(keys.map((key) => [`${key.resource} ${key.name}`, key]));
}

/** Gives a Service what it needs and does not have yet, and checks what it asks for. */
export class ServiceAllocation {
  readonly #preparation: Preparation;
  /** What the Service holds already is not in its own way. */
  readonly #held: ReadonlyMap<string, ObjectKey>;
  readonly #picked = new Set<string>();
  readonly causes: Cause[] = [];

  constructor(preparation: Preparation, before: Fields | undefined) {
    this.#preparation = preparation;
    this.#held = before ? claimsOf(before) : new Map();
  }

  allocate(spec: Fields): Fields {
    return this.#withHealthCheckPort(this.#withNodePorts(this.#withAddress(spec)));
  }

  #withAddress(spec: Fields): Fields {
    if (!needsClusterIp(spec) || spec.clusterIP === HEADLESS) return spec;
    const range = parseIpv4Range(this.#preparation.env.settings.serviceCidr);
    const given = spec.clusterIP;
    if (typeof given === 'string' && given !== '') {
      this.#checkAddress(range, given);
      return { ...spec, clusterIPs: isArray(spec.clusterIPs) ? spec.clusterIPs : [given] };
    }
    const address = this.#freeAddress(range);
    if (address !== undefined) return { ...spec, clusterIP: address, clusterIPs: [address] };
    this.#refuse('spec.clusterIPs', '[]string(nil)', 'failed to allocate a serviceIP: range is full');
    return spec;
  }

  #checkAddress(range: Ipv4Range, address: string): void {
    const number = parseIpv4(address);
    const refuse = (why: string) =>
      this.#refuse(
        'spec.clusterIPs',
        `[]string{${JSON.stringify(address)}}`,
        `failed to allocate IP ${address}: ${why}`,
      );
    if (number === undefined || !isUsable(range, number))
      refuse(
        `the provided IP (${address}) is not in the valid range. The range of valid IPs is ${range.text}`,
      );
    else if (this.#isTaken(addressKey(address))) refuse('provided IP is already allocated');
  }

  /** A random one of the upper part of the range; of the lower one if that is full. */
  #freeAddress({ base, size }: Ipv4Range): string | undefined {
    const { least, part, most } = STATIC_ADDRESSES;
    const reserved = size <= least ? 0 : Math.min(Math.max(least, Math.floor(size / part)), most);
    const free = (n: number) => !this.#isTaken(addressKey(formatIpv4(base + n)));
    const upper = this.#search(Math.max(1, reserved), size - 2, free);
    const found = upper ?? this.#search(1, reserved - 1, free);
    return found === undefined ? undefined : formatIpv4(base + found);
  }

  #withNodePorts(spec: Fields): Fields {
    if (!needsNodePorts(spec)) return spec;
    const ports = portsOf(spec).map((port, i) => {
      if (typeof port.nodePort === 'number' && port.nodePort > 0) {
        this.#checkNodePort(port.nodePort, `spec.ports[${i}].nodePort`);
        return port;
      }
      const nodePort = this.#freeNodePort(`spec.ports[${i}].nodePort`);
      return nodePort === undefined ? port : { ...port, nodePort };
    });
    return { ...spec, ports };
  }

  #withHealthCheckPort(spec: Fields): Fields {
    if (!needsHealthCheckNodePort(spec)) return spec;
    const { healthCheckNodePort: given } = spec;
    if (typeof given === 'number' && given > 0) {
      this.#checkNodePort(given, 'spec.healthCheckNodePort');
      return spec;
    }
    const port = this.#freeNodePort('spec.healthCheckNodePort');
    return port === undefined ? spec : { ...spec, healthCheckNodePort: port };
  }

  #checkNodePort(port: number, field: string): void {
    const { first, last } = this.#preparation.env.settings.nodePorts;
    if (port < first || port > last) {
      const why = `provided port is not in the valid range. The range of valid ports is ${first}-${last}`;
      this.#refuse(field, String(port), why);
    } else if (this.#isTaken(nodePortKey(port)))
      this.#refuse(field, String(port), 'provided port is already allocated');
    // One port may serve two protocols of the same Service.
    else this.#picked.add(String(port));
  }

  #freeNodePort(field: string): number | undefined {
    const { first, last } = this.#preparation.env.settings.nodePorts;
    const port = this.#search(
      first,
      last,
      (n) => !this.#picked.has(String(n)) && !this.#isTaken(nodePortKey(n)),
    );
    if (port === undefined) this.#refuse(field, '0', 'failed to allocate a nodePort: range is full');
    else this.#picked.add(String(port));
    return port;
  }

  #isTaken(key: ObjectKey): boolean {
    return !this.#held.has(`${key.resource} ${key.name}`) && isClaimed(this.#preparation, key);
  }

  /** The first that is free from a random place on, both ends included. */
  #search(first: number, last: number, free: (n: number) => boolean): number | undefined {
    const count = last - first + 1;
    if (count <= 0) return undefined;
    const start = Math.floor(this.#preparation.env.random.next() * count);
    for (let i = 0; i < count; i++) {
      const n = first + ((start + i) % count);
      if (free(n)) return n;
    }
    return undefined;
  }

  #refuse(field: string, value: string, why: string): void {
    this.causes.push({ reason: 'FieldValueInvalid', field, message: `Invalid value: ${value}: ${why}` });
  }
}
