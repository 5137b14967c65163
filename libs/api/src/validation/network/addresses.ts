import { isIPv4, isIPv6 } from 'node:net';
import type { IPAddress } from '@reckon/proto/reckon/api/networking/v1/ip_address.ts';
import type { ServiceCIDR } from '@reckon/proto/reckon/api/networking/v1/service_cidr.ts';
import { type NameCheck, subdomainName } from '../../names/object-name.ts';
import { immutable, invalidValue, required } from '../causes.ts';
import { checkCidr } from '../ip.ts';
import type { KindRules } from '../types.ts';

const MAX_RANGES = 2;

/** One address has one name. */
const addressName: NameCheck = (name) => {
  if (!isIPv4(name) && !isIPv6(name)) return ['must be a valid IP address'];
  const canonical = isIPv4(name) ? name : new URL(`http://[${name}]`).hostname.slice(1, -1);
  return name === canonical ? [] : [`must be in canonical form ("${canonical}")`];
};

/** What it is for, the schema judges. */
export const IP_ADDRESS: KindRules<IPAddress> = { name: addressName };

export const SERVICE_CIDR: KindRules<ServiceCIDR> = {
  name: subdomainName,
  object: ({ spec = {} }, causes) => {
    const cidrs = spec.cidrs ?? [];
    if (cidrs.length === 0) causes.push(required('spec.cidrs', 'at least one CIDR required'));
    for (const [index, cidr] of cidrs.entries()) checkCidr(cidr, `spec.cidrs[${index}]`, causes);
    const families = new Set(cidrs.map((cidr) => cidr.includes(':')));
    if (cidrs.length > MAX_RANGES || families.size < cidrs.length) {
      const why = 'may only hold up to 2 values';
      const same = 'may specify no more than one IP for each IP family';
      causes.push(invalidValue('spec', cidrs, cidrs.length > MAX_RANGES ? why : same));
    }
  },
  update: ({ spec = {} }, before, causes) => {
    const old = before.spec?.cidrs ?? [];
    const cidrs = spec.cidrs ?? [];
    if (old.length === 1 && cidrs.length === 2 && cidrs[0] === old[0]) return;
    immutable(causes, 'spec.cidrs', old, cidrs);
  },
};
