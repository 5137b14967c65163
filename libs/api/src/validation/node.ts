import type { Taint } from '@reckon/proto/reckon/api/core/v1/affinity.ts';
import type { Node } from '@reckon/proto/reckon/api/core/v1/node.ts';
import type { Cause } from '../errors/api-error.ts';
import { jsonEqual } from '../json/equal.ts';
import { labelValueErrors, qualifiedNameErrors } from '../names/label.ts';
import { subdomainName } from '../names/object-name.ts';
import { duplicate, duplicateBecause, forbidden, invalidEach, invalidValue } from './causes.ts';
import { checkCidr } from './ip.ts';
import { checkResourceValue } from './pod/resources.ts';
import type { Frozen, KindRules } from './types.ts';

export const NODE: KindRules<Node> = {
  name: subdomainName,
  object: ({ spec, status }, causes) => {
    checkTaints(spec?.taints ?? [], causes);
    checkPodCidrs(spec?.podCIDRs ?? [], causes);
    checkNodeResources(status, causes);
  },
  update: (after, before, causes) => {
    const cidrs = before.spec?.podCIDRs ?? [];
    if (cidrs.length > 0 && !jsonEqual(cidrs, after.spec?.podCIDRs ?? [])) {
      causes.push(forbidden('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid'));
    }
    const provider = before.spec?.providerID;
    if (provider && provider !== after.spec?.providerID) {
      causes.push(
        forbidden('spec.providerID', 'node updates may not change providerID except from "" to valid'),
      );
    }
  },
  status: ({ status }, _before, causes) => {
    checkNodeResources(status, causes);
    const addresses = new Set<string>();
    for (const [index, address] of (status?.addresses ?? []).entries()) {
      const key = `${address.type}/${address.address}`;
      if (addresses.has(key)) causes.push(duplicate(`status.addresses[${index}]`, address));
      addresses.add(key);
    }
  },
};

/** Kubernetes tells of taints under `metadata`, and so do we: clients know the path. */
function checkTaints(taints: readonly Frozen<Taint>[], causes: Cause[]): void {
  const seen = new Set<string>();
  for (const [index, taint] of taints.entries()) {
    const here = `metadata.taints[${index}]`;
    const { key = '', value = '', effect = '' } = taint;
    if (key !== '') invalidEach(causes, `${here}.key`, key, qualifiedNameErrors(key));
    const problems = labelValueErrors(value);
    if (problems.length > 0) causes.push(invalidValue(`${here}.value`, value, problems.join(';')));
    if (seen.has(`${key}:${effect}`)) {
      causes.push(duplicateBecause(here, taint, 'taints must be unique by key and effect pair'));
    }
    seen.add(`${key}:${effect}`);
  }
}

function checkPodCidrs(cidrs: readonly string[], causes: Cause[]): void {
  for (const [index, cidr] of cidrs.entries()) checkCidr(cidr, `spec.podCIDRs[${index}]`, causes);
  const families = new Set(cidrs.map((cidr) => cidr.includes(':')));
  if (cidrs.length > families.size) {
    causes.push(invalidValue('spec.podCIDRs', cidrs, 'may specify no more than one CIDR for each IP family'));
  }
}

function checkNodeResources(status: Frozen<Node>['status'], causes: Cause[]): void {
  for (const field of ['capacity', 'allocatable'] as const) {
    const quantities = status?.[field];
    for (const name in quantities) {
      checkResourceValue(name, quantities[name], `status.${field}.${name}`, causes);
    }
  }
}
