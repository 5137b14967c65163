import type { Ingress } from '@reckon/proto/reckon/api/networking/v1/ingress.ts';
import type { IngressClass } from '@reckon/proto/reckon/api/networking/v1/ingress_class.ts';
import type { IPAddress } from '@reckon/proto/reckon/api/networking/v1/ip_address.ts';
import type { NetworkPolicy } from '@reckon/proto/reckon/api/networking/v1/network_policy.ts';
import type { ServiceCIDR } from '@reckon/proto/reckon/api/networking/v1/service_cidr.ts';
import { ageOf } from '../names/duration.ts';
import { AGE, firstFew, NAME, orNone, printer, selectorCell, text } from './columns.ts';
import type { Frozen } from './types.ts';

export const ingressPrinter = printer<Ingress>(
  [
    NAME,
    text('Class', 'The IngressClass.'),
    text('Hosts', 'Hosts that it is about.'),
    text('Address', 'Where it is reached from outside.'),
    text('Ports', 'Ports that it answers on.'),
    AGE,
  ],
  ({ metadata, spec, status }, nowMs) => ({
    cells: [
      metadata.name ?? '',
      spec?.ingressClassName ?? '<none>',
      hostsOf(spec),
      addressesOf(status),
      (spec?.tls ?? []).length > 0 ? '80, 443' : '80',
      ageOf(metadata.creationTimestamp, nowMs),
    ],
  }),
);

function hostsOf(spec: Frozen<Ingress>['spec']): string {
  const hosts = (spec?.rules ?? []).flatMap(({ host }) => (host ? [host] : []));
  return firstFew(hosts) || '*';
}

function addressesOf(status: Frozen<Ingress>['status']): string {
  const all = (status?.loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }) => ip || hostname || []);
  return [...new Set(all)].sort().join(',');
}

export const ingressClassPrinter = printer<IngressClass>(
  [
    NAME,
    text('Controller', 'The controller that acts on its Ingresses.'),
    text('Parameters', 'An object that says more about it.'),
    AGE,
  ],
  ({ metadata, spec }, nowMs) => ({
    cells: [
      metadata.name ?? '',
      spec?.controller ?? '',
      parametersOf(spec),
      ageOf(metadata.creationTimestamp, nowMs),
    ],
  }),
);

function parametersOf(spec: Frozen<IngressClass>['spec']): string {
  if (spec?.parameters === undefined) return '<none>';
  const { apiGroup, kind = '', name = '' } = spec.parameters;
  return `${kind}${apiGroup === undefined ? '' : `.${apiGroup}`}/${name}`;
}

export const networkPolicyPrinter = printer<NetworkPolicy>(
  [NAME, text('Pod-Selector', 'Labels of the pods that it is about.'), AGE],
  ({ metadata, spec }, nowMs) => ({
    cells: [metadata.name ?? '', selectorCell(spec?.podSelector), ageOf(metadata.creationTimestamp, nowMs)],
  }),
);

export const ipAddressPrinter = printer<IPAddress>(
  [NAME, text('ParentRef', 'The object that uses it.')],
  ({ metadata, spec }) => {
    const { group, resource, namespace, name } = spec?.parentRef ?? {};
    const parts = [group, resource, namespace, name].filter((part) => part !== undefined && part !== '');
    return { cells: [metadata.name ?? '', orNone(parts.join('/'))] };
  },
);

export const serviceCidrPrinter = printer<ServiceCIDR>(
  [NAME, text('CIDRs', 'The ranges.'), AGE],
  ({ metadata, spec }, nowMs) => ({
    cells: [metadata.name ?? '', (spec?.cidrs ?? []).join(','), ageOf(metadata.creationTimestamp, nowMs)],
  }),
);
