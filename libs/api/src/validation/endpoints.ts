import type { EndpointAddress, EndpointPort, Endpoints } from '@reckon/proto/reckon/api/core/v1/endpoints.ts';
import type {
  EndpointSlice,
  EndpointPort as SlicePort,
} from '@reckon/proto/reckon/api/discovery/v1/endpoint_slice.ts';
import type { Cause } from '../errors/api-error.ts';
import { dns1123LabelErrors, dns1123SubdomainErrors } from '../names/dns.ts';
import { qualifiedNameErrors } from '../names/label.ts';
import { subdomainName } from '../names/object-name.ts';
import { duplicate, invalidEach, invalidValue, required, tooMany } from './causes.ts';
import { checkIp, checkIpOfFamily, checkNonSpecialIp } from './ip.ts';
import type { Frozen, KindRules } from './types.ts';

const MAX_ENDPOINTS = 1_000;
const MAX_ADDRESSES = 100;
const MAX_PORTS = 20_000;
const MAX_ZONE_HINTS = 8;

export const ENDPOINTS: KindRules<Endpoints> = {
  name: subdomainName,
  object: ({ subsets }, causes) => {
    for (const [index, { addresses = [], notReadyAddresses = [], ports = [] }] of (subsets ?? []).entries()) {
      const here = `subsets[${index}]`;
      if (addresses.length + notReadyAddresses.length === 0) {
        causes.push(required(here, 'must specify `addresses` or `notReadyAddresses`'));
      }
      for (const [at, address] of addresses.entries()) {
        checkAddress(address, `${here}.addresses[${at}]`, causes);
      }
      for (const [at, address] of notReadyAddresses.entries()) {
        checkAddress(address, `${here}.notReadyAddresses[${at}]`, causes);
      }
      for (const [at, port] of ports.entries()) {
        checkPort(port, ports.length > 1, `${here}.ports[${at}]`, causes);
      }
    }
  },
};

function checkAddress(address: Frozen<EndpointAddress>, path: string, causes: Cause[]): void {
  const { ip = '', hostname, nodeName } = address;
  if (ip !== '') {
    const already = causes.length;
    checkIp(ip, `${path}.ip`, causes);
    if (causes.length === already) checkNonSpecialIp(ip, `${path}.ip`, causes);
  }
  if (hostname) invalidEach(causes, `${path}.hostname`, hostname, dns1123LabelErrors(hostname));
  if (nodeName !== undefined) {
    invalidEach(causes, `${path}.nodeName`, nodeName, subdomainName(nodeName, false));
  }
}

function checkPort(port: Frozen<EndpointPort>, nameNeeded: boolean, path: string, causes: Cause[]): void {
  const { name = '', appProtocol } = port;
  if (name !== '') invalidEach(causes, `${path}.name`, name, dns1123LabelErrors(name));
  else if (nameNeeded) causes.push(required(`${path}.name`));
  if (appProtocol) {
    invalidEach(causes, `${path}.appProtocol`, appProtocol, qualifiedNameErrors(appProtocol));
  }
}

export const ENDPOINT_SLICE: KindRules<EndpointSlice> = {
  name: subdomainName,
  object: (slice, causes) => {
    checkSliceEndpoints(slice, causes);
    checkSlicePorts(slice.ports ?? [], causes);
  },
};

function checkSliceEndpoints({ endpoints = [], addressType }: Frozen<EndpointSlice>, causes: Cause[]): void {
  if (endpoints.length > MAX_ENDPOINTS) {
    causes.push(tooMany('endpoints', endpoints.length, MAX_ENDPOINTS));
    return;
  }
  for (const [index, { addresses = [], hostname, hints }] of endpoints.entries()) {
    const here = `endpoints[${index}]`;
    if (addresses.length > MAX_ADDRESSES) {
      causes.push(tooMany(`${here}.addresses`, addresses.length, MAX_ADDRESSES));
    }
    for (const [at, address] of addresses.entries()) {
      checkSliceAddress(address, addressType, `${here}.addresses[${at}]`, causes);
    }
    if (hostname !== undefined) {
      invalidEach(causes, `${here}.hostname`, hostname, dns1123LabelErrors(hostname));
    }
    const zones = hints?.forZones?.length ?? 0;
    if (zones > MAX_ZONE_HINTS) causes.push(tooMany(`${here}.hints.forZones`, zones, MAX_ZONE_HINTS));
  }
}

function checkSliceAddress(address: string, type: string | undefined, path: string, causes: Cause[]): void {
  if (type === 'IPv4' || type === 'IPv6') {
    const already = causes.length;
    checkIpOfFamily(address, type, path, causes);
    if (causes.length === already) checkNonSpecialIp(address, path, causes);
  } else if (type === 'FQDN') {
    const name = address.replace(/\.$/, '');
    const problems = dns1123SubdomainErrors(name);
    if (problems.length > 0) causes.push(invalidValue(path, name, problems.join(',')));
    else if (!name.includes('.')) {
      causes.push(
        invalidValue(path, name, 'should be a domain with at least two segments separated by dots'),
      );
    }
  }
}

function checkSlicePorts(ports: readonly Frozen<SlicePort>[], causes: Cause[]): void {
  if (ports.length > MAX_PORTS) {
    causes.push(tooMany('ports', ports.length, MAX_PORTS));
    return;
  }
  const names = new Set<string>();
  for (const [index, { name = '', appProtocol }] of ports.entries()) {
    const here = `ports[${index}]`;
    if (name !== '') invalidEach(causes, `${here}.name`, name, dns1123LabelErrors(name));
    if (names.has(name)) causes.push(duplicate(`${here}.name`, name));
    names.add(name);
    if (appProtocol) {
      invalidEach(causes, `${here}.appProtocol`, appProtocol, qualifiedNameErrors(appProtocol));
    }
  }
}
