import type {
  PersistentVolumeClaim,
  PersistentVolumeClaimSpec,
} from '@reckon/proto/reckon/api/core/v1/persistent_volume_claim.ts';
import type { Cause } from '../../errors/api-error.ts';
import { semanticEqual } from '../../json/equal.ts';
import { dns1123SubdomainErrors } from '../../names/dns.ts';
import { subdomainName } from '../../names/object-name.ts';
import { compareQuantity } from '../../quantity/quantity.ts';
import { forbidden, invalidEach, invalidValue, required } from '../causes.ts';
import { checkLabelSelector } from '../labels.ts';
import type { Frozen, KindRules } from '../types.ts';
import { checkAccessModes } from './access-modes.ts';
import { isPositive, parsed } from './quantities.ts';

type Spec = Frozen<PersistentVolumeClaimSpec>;

export const PERSISTENT_VOLUME_CLAIM: KindRules<PersistentVolumeClaim> = {
  name: subdomainName,
  object: ({ spec = {} }, causes) => {
    const modes = spec.accessModes ?? [];
    checkAccessModes(modes, 'spec.accessModes', 'at least 1 access mode is required', causes);
    if (spec.selector !== undefined) checkLabelSelector(spec.selector, 'spec.selector', causes);
    const storage = spec.resources?.requests?.storage;
    if (storage === undefined) causes.push(required('spec.resources[storage]'));
    else if (!isPositive(storage)) {
      causes.push(invalidValue('spec.resources[storage]', storage, 'must be greater than zero'));
    }
    for (const field of ['storageClassName', 'volumeAttributesClassName'] as const) {
      const name = spec[field] ?? '';
      if (name !== '') invalidEach(causes, `spec.${field}`, name, dns1123SubdomainErrors(name));
    }
    checkDataSources(spec, causes);
  },
  update: checkClaimUpdate,
};

function checkDataSources({ dataSource, dataSourceRef }: Spec, causes: Cause[]): void {
  for (const [field, source] of Object.entries({ dataSource, dataSourceRef })) {
    if (source === undefined) continue;
    const group = source.apiGroup ?? '';
    if (group === '' && source.kind !== 'PersistentVolumeClaim' && source.kind) {
      const why = "must be 'PersistentVolumeClaim' when referencing the default apiGroup";
      causes.push(invalidValue(`spec.${field}`, source.kind, why));
    }
  }
  if (dataSource === undefined || dataSourceRef === undefined || dataSourceRef.namespace) return;
  if (!semanticEqual(dataSource, dataSourceRef)) {
    causes.push(invalidValue('spec', dataSource, 'must match dataSourceRef'));
  }
}

/** Once it is there, a claim may be bound, given its class, and, while it is bound, made greater. */
function checkClaimUpdate(
  after: Frozen<PersistentVolumeClaim>,
  before: Frozen<PersistentVolumeClaim>,
  causes: Cause[],
): void {
  const spec: Spec = after.spec ?? {};
  const old: Spec = before.spec ?? {};
  const allowed: Record<string, unknown> = { ...old };
  if (!old.volumeName) allowed.volumeName = spec.volumeName;
  if (old.storageClassName === undefined) allowed.storageClassName = spec.storageClassName;
  if (before.status?.phase === 'Bound') {
    allowed.resources = { ...old.resources, requests: spec.resources?.requests };
    allowed.volumeAttributesClassName = spec.volumeAttributesClassName;
  }
  if (!semanticEqual(allowed, spec)) {
    causes.push(
      forbidden(
        'spec',
        'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
      ),
    );
    return;
  }
  const size = parsed(spec.resources?.requests?.storage);
  const oldSize = parsed(old.resources?.requests?.storage);
  const there = parsed(before.status?.capacity?.storage);
  if (size === undefined || oldSize === undefined || compareQuantity(size, oldSize) >= 0) return;
  // What is not there yet can be given up again.
  if (there === undefined || compareQuantity(size, there) <= 0) {
    causes.push(forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity'));
  }
}
