import type { PodDNSConfig, PodSpec } from '@reckon/proto/reckon/api/core/v1/pod.ts';
import type { Cause } from '../../errors/api-error.ts';
import { dns1123SubdomainErrors } from '../../names/dns.ts';
import { invalidEach, invalidValue, required } from '../causes.ts';
import { checkIp } from '../ip.ts';
import type { Frozen } from '../types.ts';

// What resolvers of libc can take.
const MAX_NAMESERVERS = 3;
const MAX_SEARCHES = 32;
const MAX_SEARCH_CHARACTERS = 2_048;

/** `ofPod`: the spec of a pod itself rather than of a template, where host ports are still to be filled in. */
export function checkPodNetwork(spec: Frozen<PodSpec>, ofPod: boolean, path: string, causes: Cause[]): void {
  if (spec.hostNetwork === true) checkHostNetworkPorts(spec, ofPod, path, causes);
  checkDnsConfig(spec, `${path}.dnsConfig`, causes);
  for (const [index, { ip = '', hostnames }] of (spec.hostAliases ?? []).entries()) {
    const here = `${path}.hostAliases[${index}]`;
    if (ip !== '') checkIp(ip, `${here}.ip`, causes);
    for (const [at, hostname] of (hostnames ?? []).entries()) {
      invalidEach(causes, `${here}.hostnames[${at}]`, hostname, dns1123SubdomainErrors(hostname));
    }
  }
}

function checkHostNetworkPorts(spec: Frozen<PodSpec>, ofPod: boolean, path: string, causes: Cause[]): void {
  for (const [index, container] of (spec.containers ?? []).entries()) {
    for (const [at, { hostPort = 0, containerPort }] of (container.ports ?? []).entries()) {
      if ((hostPort === 0 && !ofPod) || hostPort === containerPort) continue;
      causes.push(
        invalidValue(
          `${path}.containers[${index}].ports[${at}].hostPort`,
          hostPort,
          'must match `containerPort` when `hostNetwork` is true',
        ),
      );
    }
  }
}

function checkDnsConfig(spec: Frozen<PodSpec>, path: string, causes: Cause[]): void {
  const { dnsConfig } = spec;
  if (spec.dnsPolicy === 'None') {
    if (dnsConfig === undefined) {
      causes.push(required(path, 'must provide `dnsConfig` when `dnsPolicy` is None'));
      return;
    }
    if (!dnsConfig.nameservers?.length) {
      causes.push(
        required(`${path}.nameservers`, 'must provide at least one DNS nameserver when `dnsPolicy` is None'),
      );
      return;
    }
  }
  if (dnsConfig === undefined) return;
  const { nameservers = [], searches = [], options = [] } = dnsConfig;
  checkSizes(dnsConfig, path, causes);
  for (const [index, ip] of nameservers.entries()) checkIp(ip, `${path}.nameservers[${index}]`, causes);
  for (const [index, search] of searches.entries()) {
    if (search === '.') continue;
    const domain = search.endsWith('.') ? search.slice(0, -1) : search;
    invalidEach(causes, `${path}.searches[${index}]`, domain, searchErrors(domain));
  }
  for (const [index, { name = '' }] of options.entries()) {
    if (name === '') causes.push(required(`${path}.options[${index}]`, 'must not be empty'));
  }
}

function checkSizes(
  { nameservers = [], searches = [] }: Frozen<PodDNSConfig>,
  path: string,
  causes: Cause[],
): void {
  if (nameservers.length > MAX_NAMESERVERS) {
    causes.push(
      invalidValue(
        `${path}.nameservers`,
        nameservers,
        `must not have more than ${MAX_NAMESERVERS} nameservers`,
      ),
    );
  }
  if (searches.length > MAX_SEARCHES) {
    causes.push(
      invalidValue(`${path}.searches`, searches, `must not have more than ${MAX_SEARCHES} search paths`),
    );
  }
  if (searches.join(' ').length > MAX_SEARCH_CHARACTERS) {
    causes.push(
      invalidValue(
        `${path}.searches`,
        searches,
        `must not have more than ${MAX_SEARCH_CHARACTERS} characters (including spaces) in the search list`,
      ),
    );
  }
}

/** Search domains may have underscores, which names of hosts may not. */
function searchErrors(domain: string): readonly string[] {
  return dns1123SubdomainErrors(domain.replaceAll('_', 'a')).length === 0
    ? []
    : dns1123SubdomainErrors(domain);
}
