import type { Endpoints } from '@reckon/proto/reckon/api/core/v1/endpoints.ts';
import type { Service, ServicePort } from '@reckon/proto/reckon/api/core/v1/service.ts';
import type { EndpointSlice } from '@reckon/proto/reckon/api/discovery/v1/endpoint_slice.ts';
import { ageOf } from '../names/duration.ts';
import { AGE, firstFew, formatLabels, NAME, orNone, printer, text, wide } from './columns.ts';
import type { Frozen } from './types.ts';

export const servicePrinter = printer<Service>(
  [
    NAME,
    text('Type', 'How the service is reached: ClusterIP, NodePort, LoadBalancer or ExternalName.'),
    text('Cluster-IP', 'Address of the service inside the cluster.'),
    text('External-IP', 'Addresses of the service outside of the cluster.'),
    text('Port(s)', 'Ports of the service, each with its node port and protocol.'),
    AGE,
    wide(text('Selector', 'Labels of the pods that requests go to.')),
  ],
  (service, nowMs) => ({
    cells: [
      service.metadata.name ?? '',
      service.spec?.type ?? '',
      orNone(service.spec?.clusterIPs?.[0] ?? service.spec?.clusterIP),
      externalAddresses(service),
      orNone(service.spec?.ports?.map(portText).join(',')),
      ageOf(service.metadata.creationTimestamp, nowMs),
      formatLabels(service.spec?.selector),
    ],
  }),
);

function externalAddresses({ spec, status }: Frozen<Service>): string {
  const externalIps = spec?.externalIPs ?? [];
  switch (spec?.type) {
    case 'ClusterIP':
    case 'NodePort':
      return orNone(externalIps.join(','));
    case 'LoadBalancer': {
      const ingress = (status?.loadBalancer?.ingress ?? [])
        .map(({ ip, hostname }) => ip || hostname || '')
        .filter((address) => address !== '');
      const addresses = [...[...new Set(ingress)].sort(), ...externalIps];
      return addresses.length === 0 ? '<pending>' : addresses.join(',');
    }
    case 'ExternalName':
      return spec.externalName ?? '';
    default:
      return '<unknown>';
  }
}

function portText({ port, nodePort, protocol }: Frozen<ServicePort>): string {
  return nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`;
}

export const endpointsPrinter = printer<Endpoints>(
  [NAME, text('Endpoints', 'Addresses that are ready, with their ports.'), AGE],
  (endpoints, nowMs) => ({
    cells: [
      endpoints.metadata.name ?? '',
      endpointAddresses(endpoints),
      ageOf(endpoints.metadata.creationTimestamp, nowMs),
    ],
  }),
);

function endpointAddresses({ subsets }: Frozen<Endpoints>): string {
  if (subsets === undefined || subsets.length === 0) return '<none>';
  const all: string[] = [];
  for (const { addresses = [], ports = [] } of subsets) {
    const ips = addresses.map(({ ip }) => ip ?? '');
    if (ports.length === 0) all.push(...ips);
    for (const { port } of ports) {
      all.push(...ips.map((ip) => (ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`)));
    }
  }
  return firstFew(all);
}

export const endpointSlicePrinter = printer<EndpointSlice>(
  [
    NAME,
    text('AddressType', 'Kind of the addresses: IPv4, IPv6 or FQDN.'),
    text('Ports', 'Ports of every endpoint of the slice.'),
    text('Endpoints', 'Addresses of the slice.'),
    AGE,
  ],
  (slice, nowMs) => ({
    cells: [
      slice.metadata.name ?? '',
      slice.addressType ?? '',
      firstFew((slice.ports ?? []).map(({ port, name }) => String(port ?? name ?? '*'))) || '<unset>',
      firstFew((slice.endpoints ?? []).flatMap(({ addresses }) => addresses ?? [])) || '<unset>',
      ageOf(slice.metadata.creationTimestamp, nowMs),
    ],
  }),
);
