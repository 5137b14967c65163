import type {
  PersistentVolume,
  PersistentVolumeSpec,
} from '@reckon/proto/reckon/api/core/v1/persistent_volume.ts';
import type { Cause } from '../../errors/api-error.ts';
import { semanticEqual } from '../../json/equal.ts';
import { dns1123SubdomainErrors } from '../../names/dns.ts';
import { subdomainName } from '../../names/object-name.ts';
import { forbidden, immutable, invalidEach, invalidValue, notSupported, required } from '../causes.ts';
import { checkNoBacksteps } from '../pod/paths.ts';
import type { Frozen, KindRules } from '../types.ts';
import { checkAccessModes } from './access-modes.ts';
import { isPositive } from './quantities.ts';

type Spec = Frozen<PersistentVolumeSpec>;

/** What is in a spec beside the one source of the storage. */
const NO_SOURCE: ReadonlySet<string> = new Set([
  'capacity',
  'accessModes',
  'claimRef',
  'persistentVolumeReclaimPolicy',
  'storageClassName',
  'mountOptions',
  'volumeMode',
  'nodeAffinity',
  'volumeAttributesClassName',
]);

export const PERSISTENT_VOLUME: KindRules<PersistentVolume> = {
  name: subdomainName,
  object: ({ spec = {} }, causes) => {
    checkAccessModes(spec.accessModes ?? [], 'spec.accessModes', '', causes);
    checkCapacity(spec.capacity, 'spec.capacity', causes);
    checkSource(spec, 'spec', causes);
    checkHostPath(spec, causes);
    const { storageClassName = '' } = spec;
    if (storageClassName !== '') {
      invalidEach(
        causes,
        'spec.storageClassName',
        storageClassName,
        dns1123SubdomainErrors(storageClassName),
      );
    }
    if (spec.local !== undefined && spec.nodeAffinity === undefined) {
      causes.push(required('spec.nodeAffinity', 'Local volume requires node affinity'));
    }
    if (spec.nodeAffinity !== undefined && spec.nodeAffinity.required === undefined) {
      causes.push(required('spec.nodeAffinity.required', 'must specify required node constraints'));
    }
  },
  update: ({ spec = {} }, { spec: before = {} }, causes) => {
    if (!semanticEqual(sourceOf(spec), sourceOf(before))) {
      causes.push(
        forbidden('spec.persistentvolumesource', 'spec.persistentvolumesource is immutable after creation'),
      );
    }
    immutable(causes, 'spec.volumeMode', before.volumeMode, spec.volumeMode);
    if (before.nodeAffinity !== undefined) {
      immutable(causes, 'spec.nodeAffinity', before.nodeAffinity, spec.nodeAffinity);
    }
  },
};

function sourceOf(spec: Spec): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(spec).filter(([field, value]) => value !== undefined && !NO_SOURCE.has(field)),
  );
}

/** Exactly one source. */
export function checkSource(spec: Spec, path: string, causes: Cause[]): void {
  const [first, ...others] = Object.keys(sourceOf(spec));
  if (first === undefined) causes.push(required(path, 'must specify a volume type'));
  for (const type of others) {
    causes.push(forbidden(`${path}.${type}`, 'may not specify more than 1 volume type'));
  }
}

/** How much it holds, and nothing else. */
function checkCapacity(capacity: Readonly<Record<string, string>> = {}, path: string, causes: Cause[]): void {
  const { storage } = capacity;
  if (Object.keys(capacity).length === 0) causes.push(required(path));
  else if (storage === undefined || Object.keys(capacity).length > 1) {
    causes.push(notSupported(path, capacity, ['storage']));
  }
  if (storage !== undefined && !isPositive(storage)) {
    causes.push(invalidValue(`${path}[storage]`, storage, 'must be greater than zero'));
  }
}

function checkHostPath({ hostPath, persistentVolumeReclaimPolicy: policy }: Spec, causes: Cause[]): void {
  if (hostPath?.path === undefined) return;
  checkNoBacksteps(hostPath.path, 'spec.hostPath.path', causes);
  if (policy === 'Recycle' && /^\/+$/.test(hostPath.path)) {
    causes.push(
      forbidden('spec.persistentVolumeReclaimPolicy', "may not be 'recycle' for a hostPath mount of '/'"),
    );
  }
}
