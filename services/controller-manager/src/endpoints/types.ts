import type { StoredEndpointSlice, StoredEndpoints, StoredPod, StoredService } from '../resources.ts';

export interface EndpointsObserved {
  /** Pods that the Service selects, with an address and not finished; ordered by name. */
  readonly pods: readonly StoredPod[];
  /** EndpointSlices of the Service that this controller manages. */
  readonly slices: readonly StoredEndpointSlice[];
  readonly endpoints: StoredEndpoints | undefined;
}

export type EndpointsDesired = StoredService;

export const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';
export const MANAGED_BY_LABEL = 'endpointslice.kubernetes.io/managed-by';
export const MANAGER = 'endpointslice-controller.k8s.io';
export const HEADLESS_LABEL = 'service.kubernetes.io/headless';
