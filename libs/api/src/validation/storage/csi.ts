/** CSI drivers, their nodes, and how much room they have. */
import type { CSIDriver } from '@reckon/proto/reckon/api/storage/v1/csi_driver.ts';
import type { CSINode, CSINodeDriver } from '@reckon/proto/reckon/api/storage/v1/csi_node.ts';
import type { CSIStorageCapacity } from '@reckon/proto/reckon/api/storage/v1/csi_storage_capacity.ts';
import type { Cause } from '../../errors/api-error.ts';
import { semanticEqual } from '../../json/equal.ts';
import { dns1123SubdomainErrors } from '../../names/dns.ts';
import { qualifiedNameErrors } from '../../names/label.ts';
import { subdomainName } from '../../names/object-name.ts';
import { duplicate, invalidEach, invalidValue, required, tooLong } from '../causes.ts';
import { checkLabelSelector } from '../labels.ts';
import type { Frozen, KindRules } from '../types.ts';
import { parsed } from './quantities.ts';

const MAX_DRIVER_LENGTH = 63;
const MAX_NODE_ID_LENGTH = 256;

export const CSI_DRIVER: KindRules<CSIDriver> = {
  name: subdomainName,
  object: ({ metadata, spec = {} }, causes) => {
    if ((metadata?.name ?? '').length > MAX_DRIVER_LENGTH) {
      causes.push(tooLong('metadata.name', MAX_DRIVER_LENGTH));
    }
    const audiences = new Set<string>();
    for (const [index, { audience = '' }] of (spec.tokenRequests ?? []).entries()) {
      if (audiences.has(audience)) {
        causes.push(duplicate(`spec.tokenRequests[${index}].audience`, audience));
      }
      audiences.add(audience);
    }
  },
};

export const CSI_NODE: KindRules<CSINode> = {
  name: subdomainName,
  object: ({ spec = {} }, causes) => {
    const names = new Set<string>();
    for (const [index, driver] of (spec.drivers ?? []).entries()) {
      const path = `spec.drivers[${index}]`;
      checkNodeDriver(driver, path, causes);
      const { name = '' } = driver;
      if (names.has(name)) causes.push(duplicate(`${path}.name`, name));
      names.add(name);
    }
  },
  update: (after, before, causes) => {
    for (const old of before.spec?.drivers ?? []) {
      const index = (after.spec?.drivers ?? []).findIndex(({ name }) => name === old.name);
      const driver = after.spec?.drivers?.[index];
      if (driver === undefined || sameDriver(driver, old)) continue;
      causes.push(invalidValue(`spec.drivers[${index}]`, driver, 'field is immutable'));
    }
  },
};

/** How many volumes it can take may be learned later. */
function sameDriver(driver: Frozen<CSINodeDriver>, old: Frozen<CSINodeDriver>): boolean {
  const { allocatable: _a, ...rest } = driver;
  const { allocatable: _b, ...before } = old;
  return semanticEqual(rest, before);
}

function checkNodeDriver(driver: Frozen<CSINodeDriver>, path: string, causes: Cause[]): void {
  const { name = '', nodeID = '', topologyKeys = [] } = driver;
  checkDriverName(name, `${path}.name`, causes);
  if (nodeID.length > MAX_NODE_ID_LENGTH) {
    causes.push(invalidValue(`${path}.nodeID`, nodeID, `must be ${MAX_NODE_ID_LENGTH} characters or less`));
  }
  const seen = new Set<string>();
  for (const key of topologyKeys) {
    const field = `${path}.topologyKeys`;
    if (key === '') causes.push(required(field));
    else invalidEach(causes, field, key, qualifiedNameErrors(key));
    if (seen.has(key)) causes.push(duplicate(field, key));
    seen.add(key);
  }
}

/** That it is there is for the schema to say. */
export function checkDriverName(name: string, path: string, causes: Cause[]): void {
  if (name === '') return;
  if (name.length > MAX_DRIVER_LENGTH) causes.push(tooLong(path, MAX_DRIVER_LENGTH));
  invalidEach(causes, path, name, dns1123SubdomainErrors(name.toLowerCase()));
}

export const CSI_STORAGE_CAPACITY: KindRules<CSIStorageCapacity> = {
  name: subdomainName,
  object: ({ nodeTopology, storageClassName = '', capacity, maximumVolumeSize }, causes) => {
    if (storageClassName !== '') {
      invalidEach(causes, 'storageClassName', storageClassName, dns1123SubdomainErrors(storageClassName));
    }
    if (nodeTopology !== undefined) checkLabelSelector(nodeTopology, 'nodeTopology', causes);
    for (const [field, text] of Object.entries({ capacity, maximumVolumeSize })) {
      const quantity = parsed(text);
      if (quantity === undefined || quantity.nano >= 0n) continue;
      causes.push(invalidValue(field, text, 'must be greater than or equal to 0'));
    }
  },
};
