/**
 * The cluster's DNS zone as a function of Services and EndpointSlices (Kubernetes DNS-Based Service Discovery
 * specification 1.1.0): A of Services and headless endpoints, SRV of named ports, PTR of cluster IPs, CNAME of
 * ExternalName; and A of pods, which is in their names.
 */
import { isIPv4 } from 'node:net';
import { SERVICE_NAME_LABEL } from '../service-ports.ts';
import type { EndpointSliceObject, ServiceObject } from '../types.ts';

export type ZoneRecord =
  | { readonly type: 'A'; readonly name: string; readonly data: string }
  | { readonly type: 'CNAME'; readonly name: string; readonly data: string }
  | { readonly type: 'PTR'; readonly name: string; readonly data: string }
  | {
      readonly type: 'SRV';
      readonly name: string;
      readonly data: {
        readonly target: string;
        readonly port: number;
        readonly priority: 0;
        readonly weight: number;
      };
    };

/** All records of one Service. Names are lower case without a final dot. */
export function serviceRecords(
  service: ServiceObject,
  slices: readonly EndpointSliceObject[],
  domain: string,
): readonly ZoneRecord[] {
  const { metadata, spec } = service;
  const base = `${metadata.name}.${metadata.namespace}.svc.${domain}`;
  if (spec.type === 'ExternalName') {
    return spec.externalName ? [{ type: 'CNAME', name: base, data: spec.externalName }] : [];
  }
  if (spec.clusterIP === 'None') return headlessRecords(base, slices);
  if (!spec.clusterIP) return [];
  const records: ZoneRecord[] = [
    { type: 'A', name: base, data: spec.clusterIP },
    { type: 'PTR', name: reverseName(spec.clusterIP), data: base },
  ];
  for (const port of spec.ports ?? []) {
    if (port.name) records.push(srv(port.name, port.protocol, base, base, port.port));
  }
  return records;
}

function headlessRecords(base: string, slices: readonly EndpointSliceObject[]): readonly ZoneRecord[] {
  const records = new Map<string, ZoneRecord>();
  const put = (record: ZoneRecord) => records.set(JSON.stringify(record), record);
  for (const slice of slices) {
    if (slice.addressType !== 'IPv4') continue;
    for (const endpoint of slice.endpoints ?? []) {
      if (endpoint.conditions?.ready === false) continue;
      for (const address of endpoint.addresses) {
        const own = `${endpoint.hostname ?? address.replaceAll('.', '-')}.${base}`;
        put({ type: 'A', name: base, data: address });
        put({ type: 'A', name: own, data: address });
        for (const port of slice.ports ?? []) {
          if (port.name && port.port) put(srv(port.name, port.protocol, base, own, port.port));
        }
      }
    }
  }
  return [...records.values()];
}

function srv(
  port: string,
  protocol: string | undefined,
  base: string,
  target: string,
  number: number,
): ZoneRecord {
  return {
    type: 'SRV',
    name: `_${port}._${(protocol ?? 'TCP').toLowerCase()}.${base}`,
    data: { target, port: number, priority: 0, weight: 100 },
  };
}

function reverseName(ip: string): string {
  return `${ip.split('.').reverse().join('.')}.in-addr.arpa`;
}

/** The records of all Services, kept up to date Service by Service. */
export class Zone {
  readonly domain: string;
  readonly #services = new Map<string, ServiceObject>();
  readonly #slices = new Map<string, Map<string, EndpointSliceObject>>();
  readonly #byService = new Map<string, readonly ZoneRecord[]>();
  readonly #byName = new Map<string, Set<ZoneRecord>>();
  /** How many records lie at or below a name: tells "no such name" from "no such type". */
  readonly #below = new Map<string, number>();

  constructor(domain: string) {
    this.domain = domain;
  }

  setService(namespace: string, name: string, service: ServiceObject | undefined): void {
    const key = `${namespace}/${name}`;
    if (service) this.#services.set(key, service);
    else this.#services.delete(key);
    this.#refresh(key);
  }

  setSlice(
    namespace: string,
    name: string,
    before: EndpointSliceObject | undefined,
    after: EndpointSliceObject | undefined,
  ): void {
    for (const [slice, add] of [
      [before, false],
      [after, true],
    ] as const) {
      const service = slice?.metadata.labels?.[SERVICE_NAME_LABEL];
      if (!slice || !service) continue;
      const key = `${namespace}/${service}`;
      const slices = this.#slices.get(key) ?? new Map<string, EndpointSliceObject>();
      if (add) slices.set(name, slice);
      else slices.delete(name);
      if (slices.size > 0) this.#slices.set(key, slices);
      else this.#slices.delete(key);
      this.#refresh(key);
    }
  }

  /** `undefined`: no such name (NXDOMAIN). An empty list: the name is there, the type is not. */
  lookup(name: string, type: string): readonly ZoneRecord[] | undefined {
    const lower = name.toLowerCase();
    const records = [...(this.#byName.get(lower) ?? [])];
    const pod = podRecord(lower, this.domain);
    if (pod) records.push(pod);
    const found = records.filter((record) => record.type === type || record.type === 'CNAME');
    if (found.length > 0) return found;
    return pod || this.#below.has(lower) || lower === this.domain ? [] : undefined;
  }

  /** Whether this zone, and no other server, answers for the name. */
  owns(name: string): boolean {
    const lower = name.toLowerCase();
    return lower === this.domain || lower.endsWith(`.${this.domain}`) || this.#byName.has(lower);
  }

  #refresh(key: string): void {
    for (const record of this.#byService.get(key) ?? []) this.#remove(record);
    const service = this.#services.get(key);
    const records = service
      ? serviceRecords(service, [...(this.#slices.get(key)?.values() ?? [])], this.domain)
      : [];
    if (records.length > 0) this.#byService.set(key, records);
    else this.#byService.delete(key);
    for (const record of records) this.#add(record);
  }

  #add(record: ZoneRecord): void {
    const records = this.#byName.get(record.name) ?? new Set<ZoneRecord>();
    records.add(record);
    this.#byName.set(record.name, records);
    for (const name of selfAndParents(record.name)) this.#below.set(name, (this.#below.get(name) ?? 0) + 1);
  }

  #remove(record: ZoneRecord): void {
    const records = this.#byName.get(record.name);
    records?.delete(record);
    if (records?.size === 0) this.#byName.delete(record.name);
    for (const name of selfAndParents(record.name)) {
      const count = (this.#below.get(name) ?? 1) - 1;
      if (count > 0) this.#below.set(name, count);
      else this.#below.delete(name);
    }
  }
}

/** `10-244-0-5.default.pod.cluster.local` is 10.244.0.5, whether or not there is such a pod now. */
function podRecord(name: string, domain: string): ZoneRecord | undefined {
  if (!name.endsWith(`.pod.${domain}`)) return undefined;
  const [label = '', namespace = '', ...more] = name.slice(0, -`.pod.${domain}`.length).split('.');
  const data = label.replaceAll('-', '.');
  return isIPv4(data) && namespace !== '' && more.length === 0 ? { type: 'A', name, data } : undefined;
}

function selfAndParents(name: string): string[] {
  const labels = name.split('.');
  return labels.map((_, i) => labels.slice(i).join('.'));
}
