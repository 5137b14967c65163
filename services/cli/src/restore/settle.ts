/** What of the past cannot be had today, kind by kind: the present is kept, and a sentence says so. */
import { isArray, isObject, jsonEqual } from '@reckon/api';
import type { AnObject, Fields, Snapped, Wanted } from './types.ts';
import { unassignedPodSpec, unstartedJobSpec, without } from './wanted.ts';

export interface Settling {
  readonly then: Snapped;
  readonly wanted: Wanted;
  /** Undefined: it is to be made anew. */
  readonly now: AnObject | undefined;
  /** Who else has an address or a port, and keeps it: `service/web in shop`. */
  holderOf(what: string): string | undefined;
}

export interface Settled {
  readonly wanted: Wanted;
  readonly sentences: readonly string[];
}

export function settle(settling: Settling): Settled {
  const { then, wanted, now } = settling;
  switch (then.resource.groupResource) {
    case 'services':
      return settleService(settling);
    case 'pods':
      return now ? settlePod(wanted, now) : { wanted, sentences: [] };
    case 'jobs.batch':
      return keepSpec(settling, unstartedJobSpec, 'a Job that is there is not run again: it stays as it is');
    case 'persistentvolumeclaims':
      return keepSpec(settling, (spec) => spec, 'a claim that is there keeps its volume: it stays as it is');
    case 'namespaces':
      return keepSpec(settling, () => ({}), '');
    default:
      return { wanted, sentences: [] };
  }
}

function specOf({ spec }: Fields): Fields {
  return isObject(spec) ? spec : {};
}

function keepSpec({ wanted, now }: Settling, essenceOf: (spec: Fields) => Fields, sentence: string): Settled {
  if (!now) return { wanted, sentences: [] };
  const same = jsonEqual(essenceOf(specOf(wanted)), essenceOf(specOf(now)));
  return {
    wanted: now.spec === undefined ? wanted : { ...wanted, spec: now.spec },
    sentences: same ? [] : [sentence],
  };
}

/** Of a pod that is there, only the images of its containers can change. */
function settlePod(wanted: Wanted, now: AnObject): Settled {
  const before = specOf(wanted);
  const spec = { ...specOf(now), ...withImages(specOf(now), before) };
  const same = jsonEqual(unassignedPodSpec(spec), unassignedPodSpec(before));
  const sentence =
    'a pod that is there keeps its spec, except for the images: delete it to have it made anew';
  return { wanted: { ...wanted, spec }, sentences: same ? [] : [sentence] };
}

function withImages(now: Fields, before: Fields): Fields {
  const result: Record<string, unknown> = {};
  for (const name of ['containers', 'initContainers']) {
    const [list, old] = [now[name], before[name]];
    if (!isArray(list) || !isArray(old)) continue;
    const images = new Map(old.filter(isObject).map((one) => [one.name, one.image]));
    result[name] = list.map((one) =>
      isObject(one) && images.get(one.name) !== undefined ? { ...one, image: images.get(one.name) } : one,
    );
  }
  return result;
}

/** An address is the Service's for as long as it is there; a port may have gone to somebody else. */
function settleService(settling: Settling): Settled {
  const sentences: string[] = [];
  let spec = specOf(settling.wanted);
  spec = settleAddress(settling, spec, sentences);
  spec = settlePorts(settling, spec, sentences);
  return { wanted: { ...settling.wanted, spec }, sentences };
}

function settleAddress({ now, holderOf }: Settling, spec: Fields, sentences: string[]): Fields {
  const address = spec.clusterIP;
  if (!isAddress(address)) return spec;
  const present = now && specOf(now);
  if (present && isAddress(present.clusterIP)) {
    if (present.clusterIP === address) return spec;
    sentences.push(
      `keeps its address ${present.clusterIP}, which cannot change while it is there (it was ${address})`,
    );
    return { ...spec, clusterIP: present.clusterIP, clusterIPs: present.clusterIPs };
  }
  const holder = holderOf(address);
  if (holder === undefined) return spec;
  sentences.push(`gets another address: ${address} is now that of ${holder}`);
  return without(spec, 'clusterIP', 'clusterIPs');
}

function isAddress(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value !== 'None';
}

function settlePorts({ now, holderOf }: Settling, spec: Fields, sentences: string[]): Fields {
  const present = now ? specOf(now) : {};
  const nodePortOf = new Map(portsOf(present).map((port) => [portId(port), port.nodePort]));
  const ports = portsOf(spec).map((port) => {
    if (typeof port.nodePort !== 'number') return port;
    const holder = holderOf(`port ${port.nodePort}`);
    if (holder === undefined) return port;
    const kept = nodePortOf.get(portId(port));
    const instead = kept === undefined ? 'gets another node port' : `keeps node port ${kept}`;
    sentences.push(`${instead}: ${port.nodePort} is now that of ${holder}`);
    return { ...without(port, 'nodePort'), ...(kept !== undefined && { nodePort: kept }) };
  });
  return isArray(spec.ports) ? { ...spec, ports } : spec;
}

function portsOf({ ports }: Fields): readonly Fields[] {
  return isArray(ports) ? ports.filter(isObject) : [];
}

function portId({ protocol, port }: Fields): string {
  return `${protocol} ${port}`;
}
