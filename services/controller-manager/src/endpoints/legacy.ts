import { controllerRef, semanticEqual } from '@reckon/api';
import type { Action, Frozen } from '@reckon/client';
import { ENDPOINTS } from '@reckon/client';
import type {
  EndpointAddress,
  EndpointSubset,
  Endpoints,
} from '@reckon/proto/reckon/api/core/v1/endpoints.ts';
import type { StoredEndpoints, StoredService } from '../resources.ts';
import type { EndpointGroup, ResolvedEndpoint } from './resolve.ts';

/** As in Kubernetes: what is beyond is only in EndpointSlices. */
const MAX_ADDRESSES = 1_000;
const OVER_CAPACITY_ANNOTATION = 'endpoints.kubernetes.io/over-capacity';

/** Keeps the old Endpoints object of a Service, for clients that do not know EndpointSlices. */
export function planEndpoints(
  service: StoredService,
  groups: readonly EndpointGroup[],
  present: StoredEndpoints | undefined,
): readonly Action[] {
  const subsets = subsetsOf(groups);
  const labels = {
    ...service.metadata.labels,
    'endpoints.kubernetes.io/managed-by': 'endpoint-controller',
    ...(service.spec?.clusterIP === 'None' ? { 'service.kubernetes.io/headless': '' } : {}),
  };
  const because = `the endpoints of Service ${service.metadata.name} changed`;
  const over = groups.reduce((total, group) => total + group.endpoints.length, 0) > MAX_ADDRESSES;
  const annotations: Readonly<Record<string, string>> = over
    ? { [OVER_CAPACITY_ANNOTATION]: 'truncated' }
    : {};
  if (!present) {
    const { name, namespace } = service.metadata;
    const object: Frozen<Endpoints> = {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: { name, namespace, labels, annotations, ownerReferences: [controllerRef(service)] },
      subsets,
    };
    return [{ type: 'create', resource: ENDPOINTS, object, because }];
  }
  const sameLabels = semanticEqual(present.metadata.labels ?? {}, labels);
  if (sameLabels && semanticEqual(present.subsets ?? [], subsets)) return [];
  const metadata = {
    ...present.metadata,
    labels,
    annotations: { ...present.metadata.annotations, ...annotations },
  };
  const object: Frozen<Endpoints> = { ...present, metadata, subsets };
  return [{ type: 'update', resource: ENDPOINTS, object, because }];
}

function subsetsOf(groups: readonly EndpointGroup[]): readonly Frozen<EndpointSubset>[] {
  return groups.flatMap(({ ports, endpoints }) => {
    // Clients of the old object know no draining: what terminates is gone.
    const present = endpoints
      .filter(({ terminating, ready }) => ready || !terminating)
      .slice(0, MAX_ADDRESSES);
    const addresses = present.filter(({ ready }) => ready).map(addressOf);
    const notReadyAddresses = present.filter(({ ready }) => !ready).map(addressOf);
    if (present.length === 0) return [];
    return [
      {
        ...(addresses.length > 0 ? { addresses } : {}),
        ...(notReadyAddresses.length > 0 ? { notReadyAddresses } : {}),
        ports: ports.map(({ name, ...port }) => (name ? { name, ...port } : port)),
      },
    ];
  });
}

function addressOf({ pod, ip, hostname }: ResolvedEndpoint): Frozen<EndpointAddress> {
  const { name, namespace, uid } = pod.metadata;
  return {
    ip,
    ...(hostname ? { hostname } : {}),
    ...(pod.spec?.nodeName ? { nodeName: pod.spec.nodeName } : {}),
    targetRef: { kind: 'Pod', namespace, name, uid },
  };
}
