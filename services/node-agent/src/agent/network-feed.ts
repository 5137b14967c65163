import { jsonEqual } from '@reckon/api';
import { ENDPOINT_SLICES, type KubeObject, type ResourceType, SERVICES, type Stored } from '@reckon/client';
import type { Subscription } from '@reckon/cri';
import type { Service } from '@reckon/proto/reckon/api/core/v1/service.ts';
import type { EndpointSlice } from '@reckon/proto/reckon/api/discovery/v1/endpoint_slice.ts';
import type { NodeApi } from '../api/types.ts';
import type { NodeNetwork } from '../network/node-network.ts';
import type { EndpointSliceObject, HostPort, ServiceObject } from '../network/types.ts';

export type Network = Pick<NodeNetwork, 'setService' | 'setSlice' | 'setHostPorts' | 'flush'>;

/** Tells the node's network of every Service and EndpointSlice; what comes together is written together. */
export class NetworkFeed {
  readonly #network: Network;
  readonly #onError: (error: unknown) => void;
  readonly #subscriptions: Subscription[];
  #hostPorts: readonly HostPort[] = [];
  #scheduled = false;

  constructor(options: {
    readonly api: Pick<NodeApi, 'follow'>;
    readonly network: Network;
    readonly onError: (error: unknown) => void;
  }) {
    const { api, network, onError } = options;
    this.#network = network;
    this.#onError = onError;
    this.#subscriptions = [
      this.#follow<Service>(api, SERVICES, (namespace, name, service) =>
        network.setService(namespace, name, service && serviceObject(service)),
      ),
      this.#follow<EndpointSlice>(api, ENDPOINT_SLICES, (namespace, name, slice) =>
        network.setSlice(namespace, name, slice && sliceObject(slice)),
      ),
    ];
  }

  setHostPorts(ports: readonly HostPort[]): void {
    if (jsonEqual(ports, this.#hostPorts)) return;
    this.#hostPorts = ports;
    this.#network.setHostPorts(ports);
    this.#flush();
  }

  stop(): void {
    for (const subscription of this.#subscriptions) subscription.close();
  }

  #follow<T extends KubeObject>(
    api: Pick<NodeApi, 'follow'>,
    resource: ResourceType<T>,
    set: (namespace: string, name: string, object: Stored<T> | undefined) => void,
  ): Subscription {
    const present = new Map<string, Stored<T>>();
    const change = (object: Stored<T>, after: Stored<T> | undefined) => {
      const { namespace = '', name } = object.metadata;
      if (after) present.set(`${namespace}/${name}`, after);
      else present.delete(`${namespace}/${name}`);
      set(namespace, name, after);
      this.#flush();
    };
    return api.follow<T>(
      resource,
      {},
      {
        replace: (objects) => {
          const gone = new Map(present);
          for (const object of objects)
            gone.delete(`${object.metadata.namespace ?? ''}/${object.metadata.name}`);
          for (const object of gone.values()) change(object, undefined);
          for (const object of objects) change(object, object);
        },
        put: (object) => change(object, object),
        remove: (object) => change(object, undefined),
      },
    );
  }

  #flush(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#network.flush().catch(this.#onError);
    });
  }
}

function serviceObject({ metadata, spec }: Stored<Service>): ServiceObject {
  const { type, clusterIP, clusterIPs, externalName, sessionAffinity, sessionAffinityConfig, ports } =
    spec ?? {};
  return {
    metadata: { name: metadata.name, namespace: metadata.namespace ?? '', labels: metadata.labels },
    spec: {
      type,
      clusterIP,
      clusterIPs,
      externalName,
      sessionAffinity,
      sessionAffinityConfig,
      ports: ports?.map(({ name, protocol, port = 0, nodePort }) => ({ name, protocol, port, nodePort })),
    },
  };
}

function sliceObject({
  metadata,
  addressType,
  endpoints,
  ports,
}: Stored<EndpointSlice>): EndpointSliceObject {
  return {
    metadata: { name: metadata.name, namespace: metadata.namespace ?? '', labels: metadata.labels },
    addressType: addressType ?? 'IPv4',
    endpoints: endpoints?.map(({ addresses = [], hostname, conditions }) => ({
      addresses,
      hostname,
      conditions,
    })),
    ports: ports?.map(({ name, protocol, port }) => ({ name, protocol, port })),
  };
}
