/** Kubernetes' DefaultStorageClass: a claim that names no class gets the default one, if there is one. */
import type { Preparation } from '../verbs/env.ts';
import type { KubeObject } from '../verbs/types.ts';
import { fieldsOf } from './fields.ts';

const DEFAULT_ANNOTATIONS = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
] as const;
const BETA_CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';

export function withDefaultStorageClass(
  claim: KubeObject,
  { state }: Pick<Preparation, 'state'>,
): KubeObject {
  const spec = fieldsOf(claim.spec);
  // '' is a word of its own: no class, and none is wanted.
  if (spec.storageClassName !== undefined) return claim;
  if (claim.metadata.annotations?.[BETA_CLASS_ANNOTATION] !== undefined) return claim;
  const classes = state
    .list('storageclasses.storage.k8s.io', '')
    .map(({ value }) => value.metadata)
    .filter(({ annotations }) => DEFAULT_ANNOTATIONS.some((key) => annotations?.[key] === 'true'))
    .sort((a, b) => ageOrder(b.creationTimestamp, a.creationTimestamp) || ageOrder(a.name, b.name));
  const storageClassName = classes[0]?.name;
  return storageClassName === undefined ? claim : { ...claim, spec: { ...spec, storageClassName } };
}

function ageOrder(a = '', b = ''): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
