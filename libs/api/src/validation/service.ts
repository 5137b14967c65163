import { isIP } from 'node:net';
import type { LoadBalancerStatus, Service, ServiceSpec } from '@reckon/proto/reckon/api/core/v1/service.ts';
import type { Cause } from '../errors/api-error.ts';
import { dns1123SubdomainErrors } from '../names/dns.ts';
import { qualifiedNameErrors } from '../names/label.ts';
import { serviceName } from '../names/object-name.ts';
import { duplicate, forbidden, invalidEach, invalidValue, required } from './causes.ts';
import { checkIp, checkNonSpecialIp } from './ip.ts';
import { checkLabels } from './labels.ts';
import type { Frozen, KindRules } from './types.ts';

const MAX_AFFINITY_SECONDS = 86_400;

export const SERVICE: KindRules<Service> = {
  name: serviceName,
  object: ({ spec = {} }, causes) => {
    checkPorts(spec, causes);
    checkType(spec, causes);
    checkLabels(spec.selector, 'spec.selector', causes);
    checkAffinity(spec, causes);
    checkClusterIps(spec, causes);
    for (const [index, ip] of (spec.externalIPs ?? []).entries()) {
      const already = causes.length;
      checkIp(ip, `spec.externalIPs[${index}]`, causes);
      if (causes.length === already) checkNonSpecialIp(ip, `spec.externalIPs[${index}]`, causes);
    }
    checkExternalTraffic(spec, causes);
  },
  update: (after, before, causes) => checkClusterIpKept(after.spec ?? {}, before.spec ?? {}, causes),
  status: ({ status }, _before, causes) => checkLoadBalancer(status?.loadBalancer, causes),
};

function isHeadless(spec: Frozen<ServiceSpec>): boolean {
  return spec.clusterIP === 'None' || spec.clusterIPs?.[0] === 'None';
}

function checkPorts(spec: Frozen<ServiceSpec>, causes: Cause[]): void {
  const ports = spec.ports ?? [];
  if (ports.length === 0 && !isHeadless(spec) && spec.type !== 'ExternalName') {
    causes.push(required('spec.ports'));
  }
  const names = new Set<string>();
  const numbers = new Set<string>();
  const nodePorts = new Set<string>();
  for (const [index, { name = '', protocol = 'TCP', port, nodePort, appProtocol }] of ports.entries()) {
    const here = `spec.ports[${index}]`;
    if (name === '' && ports.length > 1) causes.push(required(`${here}.name`));
    if (name !== '' && names.has(name)) causes.push(duplicate(`${here}.name`, name));
    names.add(name);
    if (numbers.has(`${protocol}/${port}`)) causes.push(duplicate(here, { protocol, port }));
    numbers.add(`${protocol}/${port}`);
    if (appProtocol) {
      invalidEach(causes, `${here}.appProtocol`, appProtocol, qualifiedNameErrors(appProtocol));
    }
    if (!nodePort) continue;
    if (spec.type === 'ClusterIP') {
      causes.push(forbidden(`${here}.nodePort`, "may not be used when `type` is 'ClusterIP'"));
    }
    if (nodePorts.has(`${protocol}/${nodePort}`)) causes.push(duplicate(`${here}.nodePort`, nodePort));
    nodePorts.add(`${protocol}/${nodePort}`);
  }
}

function checkType(spec: Frozen<ServiceSpec>, causes: Cause[]): void {
  const { type } = spec;
  if ((type === 'LoadBalancer' || type === 'NodePort') && isHeadless(spec)) {
    causes.push(invalidValue('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${type} services`));
  }
  if (type !== 'ExternalName') return;
  const why = 'may not be set for ExternalName services';
  if (spec.clusterIP || spec.clusterIPs?.length) causes.push(forbidden('spec.clusterIPs', why));
  if (spec.ipFamilies?.length) causes.push(forbidden('spec.ipFamilies', why));
  if (spec.ipFamilyPolicy) causes.push(forbidden('spec.ipFamilyPolicy', why));
  // A name may end with a dot to say that it is complete.
  const name = (spec.externalName ?? '').replace(/\.$/, '');
  if (name === '') causes.push(required('spec.externalName'));
  else invalidEach(causes, 'spec.externalName', name, dns1123SubdomainErrors(name));
}

function checkAffinity(spec: Frozen<ServiceSpec>, causes: Cause[]): void {
  const config = spec.sessionAffinityConfig;
  const path = 'spec.sessionAffinityConfig';
  if (spec.sessionAffinity === 'ClientIP') {
    const why = 'when session affinity type is ClientIP';
    const seconds = config?.clientIP?.timeoutSeconds;
    if (config === undefined) causes.push(required(path, why));
    else if (config.clientIP === undefined) causes.push(required(`${path}.clientIP`, why));
    else if (seconds === undefined) causes.push(required(`${path}.clientIP.timeoutSeconds`, why));
    else if (seconds <= 0 || seconds > MAX_AFFINITY_SECONDS) {
      causes.push(
        invalidValue(
          `${path}.clientIP.timeoutSeconds`,
          seconds,
          `must be greater than 0 and less than ${MAX_AFFINITY_SECONDS}`,
        ),
      );
    }
  } else if (spec.sessionAffinity === 'None' && config !== undefined) {
    causes.push(forbidden(path, 'must not be set when session affinity is None'));
  }
}

function checkClusterIps(spec: Frozen<ServiceSpec>, causes: Cause[]): void {
  if (spec.type === 'ExternalName') return;
  const { clusterIP = '', clusterIPs = [] } = spec;
  if (clusterIPs.length > 0 && clusterIPs[0] !== clusterIP) {
    causes.push(invalidValue('spec.clusterIPs', clusterIPs, 'first value must match `clusterIP`'));
  }
  const addresses = clusterIPs.length > 0 ? clusterIPs : clusterIP === '' ? [] : [clusterIP];
  if (addresses.length > 2) {
    causes.push(invalidValue('spec.clusterIPs', addresses, 'may only hold up to 2 values'));
  }
  for (const [index, ip] of addresses.entries()) {
    const here = `spec.clusterIPs[${index}]`;
    if (ip === 'None') {
      if (addresses.length > 1) {
        causes.push(invalidValue(here, ip, "'None' must be the first and only value"));
      }
    } else checkIp(ip, here, causes);
  }
}

function checkExternalTraffic(spec: Frozen<ServiceSpec>, causes: Cause[]): void {
  const { type, externalTrafficPolicy, healthCheckNodePort, externalIPs } = spec;
  const external =
    type === 'LoadBalancer' || type === 'NodePort' || (type === 'ClusterIP' && !!externalIPs?.length);
  if (externalTrafficPolicy && !external) {
    causes.push(
      invalidValue(
        'spec.externalTrafficPolicy',
        externalTrafficPolicy,
        'may only be set for externally-accessible services',
      ),
    );
  }
  if (healthCheckNodePort && !(type === 'LoadBalancer' && externalTrafficPolicy === 'Local')) {
    causes.push(
      invalidValue(
        'spec.healthCheckNodePort',
        healthCheckNodePort,
        "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
      ),
    );
  }
  const { allocateLoadBalancerNodePorts, loadBalancerSourceRanges } = spec;
  if (type === 'LoadBalancer') return;
  const why = "may only be used when `type` is 'LoadBalancer'";
  if (loadBalancerSourceRanges?.length) causes.push(forbidden('spec.LoadBalancerSourceRanges', why));
  if (allocateLoadBalancerNodePorts !== undefined) {
    causes.push(forbidden('spec.allocateLoadBalancerNodePorts', why));
  }
}

/** The address is what clients know: it stays as long as the service has one. */
function checkClusterIpKept(after: Frozen<ServiceSpec>, before: Frozen<ServiceSpec>, causes: Cause[]): void {
  if (after.type === 'ExternalName' || before.type === 'ExternalName') return;
  const [old] = before.clusterIPs ?? (before.clusterIP ? [before.clusterIP] : []);
  if (!old) return;
  const [now] = after.clusterIPs ?? (after.clusterIP ? [after.clusterIP] : []);
  if (now === old) return;
  const value = after.clusterIPs ?? [];
  causes.push(
    now === undefined
      ? invalidValue('spec.clusterIPs[0]', value, 'primary clusterIP can not be unset')
      : invalidValue('spec.clusterIPs[0]', value, 'may not change once set'),
  );
}

function checkLoadBalancer(status: Frozen<LoadBalancerStatus> | undefined, causes: Cause[]): void {
  for (const [index, { ip, hostname }] of (status?.ingress ?? []).entries()) {
    const here = `status.loadBalancer.ingress[${index}]`;
    if (ip) checkIp(ip, `${here}.ip`, causes);
    if (!hostname) continue;
    invalidEach(causes, `${here}.hostname`, hostname, dns1123SubdomainErrors(hostname));
    if (isIP(hostname) !== 0) {
      causes.push(invalidValue(`${here}.hostname`, hostname, 'must be a DNS name, not an IP address'));
    }
  }
}
