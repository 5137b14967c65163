import { isPodFinished, selectionOfLabels } from '@reckon/api';
import {
  type Controller,
  ENDPOINT_SLICES,
  ENDPOINTS,
  keyOf,
  type Observation,
  PODS,
  parseKey,
  SERVICES,
  type Snapshot,
  type Stored,
  watch,
  watchSelf,
} from '@reckon/client';
import type { StoredService } from '../resources.ts';
import { planEndpoints } from './legacy.ts';
import { groupByPorts } from './resolve.ts';
import { planSlices } from './slices.ts';
import {
  type EndpointsDesired,
  type EndpointsObserved,
  MANAGED_BY_LABEL,
  MANAGER,
  SERVICE_NAME_LABEL,
} from './types.ts';

/** Keeps EndpointSlices and Endpoints of every Service with a selector. Services without one are left to their users. */
export const endpointsController: Controller<EndpointsDesired, EndpointsObserved> = {
  name: 'endpointslice-controller',
  watches: [
    watchSelf(SERVICES),
    watchSelf(ENDPOINTS),
    watch(ENDPOINT_SLICES, ({ object: { metadata } }) => {
      const service = metadata.labels?.[SERVICE_NAME_LABEL];
      return service ? [`${metadata.namespace}/${service}`] : [];
    }),
    watch(PODS, ({ object, previous }, snapshot) => {
      const services = snapshot.list(SERVICES, object.metadata.namespace ?? '');
      return services.filter((s) => selects(s, object) || (previous && selects(s, previous))).map(keyOf);
    }),
  ],
  observe,
  plan({ desired, observed }) {
    const groups = groupByPorts(desired, observed.pods);
    return {
      actions: [
        ...planSlices(desired, groups, observed.slices),
        ...planEndpoints(desired, groups, observed.endpoints),
      ],
    };
  },
};

function observe(
  snapshot: Snapshot,
  key: string,
): Observation<EndpointsDesired, EndpointsObserved> | undefined {
  const { namespace, name } = parseKey(key);
  const desired = snapshot.get(SERVICES, namespace, name);
  if (!desired || desired.metadata.deletionTimestamp || !hasSelector(desired)) return undefined;
  return {
    desired,
    observed: {
      pods: snapshot
        .select(PODS, namespace, selectionOfLabels(desired.spec?.selector))
        .filter((pod) => pod.status?.podIP && !isPodFinished(pod)),
      slices: snapshot
        .select(ENDPOINT_SLICES, namespace, selectionOfLabels({ [SERVICE_NAME_LABEL]: name }))
        .filter((slice) => slice.metadata.labels?.[MANAGED_BY_LABEL] === MANAGER),
      endpoints: snapshot.get(ENDPOINTS, namespace, name),
    },
  };
}

function hasSelector({ spec }: StoredService): boolean {
  return spec?.type !== 'ExternalName' && Object.keys(spec?.selector ?? {}).length > 0;
}

function selects(service: StoredService, pod: Stored): boolean {
  const labels = pod.metadata.labels ?? {};
  return (
    hasSelector(service) &&
    Object.entries(service.spec?.selector ?? {}).every(([key, value]) => labels[key] === value)
  );
}
