import { controllerRef, semanticEqual } from '@reckon/api';
import { type Action, derivedName, ENDPOINT_SLICES, type Frozen, nameOf } from '@reckon/client';
import type { Endpoint, EndpointSlice } from '@reckon/proto/reckon/api/discovery/v1/endpoint_slice.ts';
import type { StoredEndpointSlice, StoredService } from '../resources.ts';
import type { EndpointGroup, ResolvedEndpoint } from './resolve.ts';
import { HEADLESS_LABEL, MANAGED_BY_LABEL, MANAGER, SERVICE_NAME_LABEL } from './types.ts';

/** As in Kubernetes: larger slices cost every node more at each change. */
const MAX_ENDPOINTS = 100;

type Ports = EndpointGroup['ports'];

interface Slot {
  readonly slice: StoredEndpointSlice | undefined;
  readonly ports: Ports;
  readonly endpoints: ResolvedEndpoint[];
}

/**
 * The changes that bring the slices of a Service to hold exactly these endpoints. An endpoint stays in the slice it
 * is in; new ones fill slices that have room. A Service without endpoints keeps one empty slice.
 */
export function planSlices(
  service: StoredService,
  groups: readonly EndpointGroup[],
  slices: readonly StoredEndpointSlice[],
): readonly Action[] {
  const live = slices.filter(({ metadata }) => !metadata.deletionTimestamp);
  const wanted = groups.length > 0 ? groups : [{ ports: [], endpoints: [] }];
  const free = new Set(live);
  const slots = wanted.flatMap((group) => distribute(group, free));
  // An emptied slice is rather filled anew than deleted beside one that is created.
  const reused = slots.map((slot) => {
    if (slot.slice) return slot;
    const [spare] = free;
    if (spare) free.delete(spare);
    return { ...slot, slice: spare };
  });
  const taken = new Set(slices.map(({ metadata }) => metadata.name));
  let ordinal = 0;
  const freshName = (): string => {
    for (;;) {
      const name = derivedName(service.metadata.name, service.metadata.uid, ordinal++);
      if (!taken.has(name)) return name;
    }
  };
  return [
    ...reused.flatMap((slot) => writeSlot(service, slot, freshName)),
    ...[...free].map((slice) => deletion(service, slice)),
  ];
}

/** Takes from `free` the slices that keep some of the group's endpoints. */
function distribute(group: EndpointGroup, free: Set<StoredEndpointSlice>): readonly Slot[] {
  const missing = new Map(group.endpoints.map((endpoint) => [endpoint.pod.metadata.uid, endpoint]));
  const slots: Slot[] = [];
  for (const slice of [...free]) {
    if (!samePorts(slice, group.ports)) continue;
    const kept = (slice.endpoints ?? []).flatMap(({ targetRef }) => {
      const endpoint = missing.get(targetRef?.uid ?? '');
      if (endpoint) missing.delete(endpoint.pod.metadata.uid);
      return endpoint ? [endpoint] : [];
    });
    if (kept.length === 0 && group.endpoints.length > 0) continue;
    free.delete(slice);
    slots.push({ slice, ports: group.ports, endpoints: kept });
    if (group.endpoints.length === 0) break;
  }
  for (const endpoint of missing.values()) {
    let slot = slots.find(({ endpoints }) => endpoints.length < MAX_ENDPOINTS);
    if (!slot) {
      slot = { slice: undefined, ports: group.ports, endpoints: [] };
      slots.push(slot);
    }
    slot.endpoints.push(endpoint);
  }
  if (slots.length === 0) slots.push({ slice: undefined, ports: group.ports, endpoints: [] });
  return slots;
}

function samePorts(slice: StoredEndpointSlice, ports: Ports): boolean {
  return semanticEqual(slice.ports ?? [], ports);
}

function writeSlot(service: StoredService, slot: Slot, freshName: () => string): readonly Action[] {
  const { slice } = slot;
  const content = contentOf(service, slot);
  const ready = slot.endpoints.filter((endpoint) => endpoint.ready).length;
  const because = `Service ${service.metadata.name} has ${slot.endpoints.length} endpoints here, ${ready} of them ready`;
  if (!slice) {
    const { name, namespace } = { name: freshName(), namespace: service.metadata.namespace };
    const object: Frozen<EndpointSlice> = {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        name,
        generateName: `${service.metadata.name}-`,
        namespace,
        labels: labelsOf(service),
        ownerReferences: [controllerRef(service)],
      },
      ...content,
    };
    return [{ type: 'create', resource: ENDPOINT_SLICES, object, because }];
  }
  const labels = labelsOf(service);
  const same =
    semanticEqual(slice.endpoints ?? [], content.endpoints) &&
    semanticEqual(slice.ports ?? [], content.ports) &&
    semanticEqual(slice.metadata.labels ?? {}, labels);
  if (same) return [];
  const object: Frozen<EndpointSlice> = { ...slice, metadata: { ...slice.metadata, labels }, ...content };
  return [{ type: 'update', resource: ENDPOINT_SLICES, object, because }];
}

function contentOf(service: StoredService, slot: Slot) {
  const family = service.spec?.ipFamilies?.[0] ?? 'IPv4';
  return {
    addressType: family,
    endpoints: [...slot.endpoints]
      .sort((a, b) => compare(a.pod.metadata.name, b.pod.metadata.name))
      .map(endpointOf),
    ports: slot.ports,
  };
}

function endpointOf(endpoint: ResolvedEndpoint): Frozen<Endpoint> {
  const { pod, ip, ready, serving, terminating, hostname } = endpoint;
  const { name, namespace, uid } = pod.metadata;
  return {
    addresses: [ip],
    conditions: { ready, serving, terminating },
    ...(hostname ? { hostname } : {}),
    ...(pod.spec?.nodeName ? { nodeName: pod.spec.nodeName } : {}),
    targetRef: { kind: 'Pod', namespace, name, uid },
  };
}

function labelsOf(service: StoredService): Readonly<Record<string, string>> {
  return {
    ...service.metadata.labels,
    [SERVICE_NAME_LABEL]: service.metadata.name,
    [MANAGED_BY_LABEL]: MANAGER,
    ...(service.spec?.clusterIP === 'None' ? { [HEADLESS_LABEL]: '' } : {}),
  };
}

function deletion(service: StoredService, slice: StoredEndpointSlice): Action {
  return {
    type: 'delete',
    resource: ENDPOINT_SLICES,
    target: nameOf(slice),
    precondition: { uid: slice.metadata.uid },
    because: `no endpoint of Service ${service.metadata.name} is left in it`,
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
