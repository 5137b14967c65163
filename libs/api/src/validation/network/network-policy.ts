import { BlockList, isIPv6 } from 'node:net';
import type {
  IPBlock,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
} from '@reckon/proto/reckon/api/networking/v1/network_policy.ts';
import type { Cause } from '../../errors/api-error.ts';
import { portNameErrors, portNumberErrors } from '../../names/identifiers.ts';
import { subdomainName } from '../../names/object-name.ts';
import { forbidden, invalidEach, invalidValue, required } from '../causes.ts';
import { checkCidr } from '../ip.ts';
import { checkLabelSelector } from '../labels.ts';
import type { Frozen, KindRules } from '../types.ts';

const MAX_TYPES = 2;

interface Rule {
  readonly ports: readonly Frozen<NetworkPolicyPort>[] | undefined;
  readonly peers: readonly Frozen<NetworkPolicyPeer>[] | undefined;
  readonly path: string;
  readonly peersField: string;
}

export const NETWORK_POLICY: KindRules<NetworkPolicy> = {
  name: subdomainName,
  object: ({ spec = {} }, causes) => {
    checkLabelSelector(spec.podSelector, 'spec.podSelector', causes);
    for (const [index, { ports, from }] of (spec.ingress ?? []).entries()) {
      checkRule({ ports, peers: from, path: `spec.ingress[${index}]`, peersField: 'from' }, causes);
    }
    for (const [index, { ports, to }] of (spec.egress ?? []).entries()) {
      checkRule({ ports, peers: to, path: `spec.egress[${index}]`, peersField: 'to' }, causes);
    }
    const types = spec.policyTypes ?? [];
    if (types.length > MAX_TYPES) {
      causes.push(invalidValue('spec.policyTypes', types, 'may not specify more than two policyTypes'));
    }
  },
};

function checkRule({ ports = [], peers = [], path, peersField }: Rule, causes: Cause[]): void {
  for (const [index, port] of ports.entries()) checkPort(port, `${path}.ports[${index}]`, causes);
  for (const [index, peer] of peers.entries()) checkPeer(peer, `${path}.${peersField}[${index}]`, causes);
}

function checkPort({ port, endPort }: Frozen<NetworkPolicyPort>, path: string, causes: Cause[]): void {
  if (typeof port === 'number') {
    invalidEach(causes, `${path}.port`, port, portNumberErrors(port));
    if (endPort === undefined) return;
    if (endPort < port) {
      causes.push(invalidValue(`${path}.endPort`, port, 'must be greater than or equal to `port`'));
    }
    invalidEach(causes, `${path}.endPort`, endPort, portNumberErrors(endPort));
    return;
  }
  if (typeof port === 'string') invalidEach(causes, `${path}.port`, port, portNameErrors(port));
  if (endPort === undefined) return;
  const state = port === undefined ? 'not specified' : 'non-numeric';
  causes.push(invalidValue(`${path}.endPort`, endPort, `may not be specified when \`port\` is ${state}`));
}

function checkPeer(peer: Frozen<NetworkPolicyPeer>, path: string, causes: Cause[]): void {
  const { podSelector, namespaceSelector, ipBlock } = peer;
  if (podSelector !== undefined) checkLabelSelector(podSelector, `${path}.podSelector`, causes);
  if (namespaceSelector !== undefined) {
    checkLabelSelector(namespaceSelector, `${path}.namespaceSelector`, causes);
  }
  const selects = podSelector !== undefined || namespaceSelector !== undefined;
  if (ipBlock !== undefined) checkBlock(ipBlock, `${path}.ipBlock`, causes);
  if (!selects && ipBlock === undefined) causes.push(required(path, 'must specify a peer'));
  if (selects && ipBlock !== undefined) {
    causes.push(forbidden(path, 'may not specify both ipBlock and another peer'));
  }
}

function checkBlock({ cidr = '', except = [] }: Frozen<IPBlock>, path: string, causes: Cause[]): void {
  if (cidr === '') return;
  const already = causes.length;
  checkCidr(cidr, `${path}.cidr`, causes);
  for (const [index, part] of except.entries()) {
    const field = `${path}.except[${index}]`;
    const before = causes.length;
    checkCidr(part, field, causes);
    if (already === before && causes.length === before && !isWithin(part, cidr)) {
      causes.push(invalidValue(field, part, 'must be a strict subset of `cidr`'));
    }
  }
}

/** Both are CIDRs. */
function isWithin(part: string, whole: string): boolean {
  const [address = '', bits = ''] = whole.split('/');
  const [partAddress = '', partBits = ''] = part.split('/');
  const family = isIPv6(address) ? 'ipv6' : 'ipv4';
  if ((isIPv6(partAddress) ? 'ipv6' : 'ipv4') !== family) return false;
  const range = new BlockList();
  range.addSubnet(address, Number(bits), family);
  return Number(partBits) > Number(bits) && range.check(partAddress, family);
}
