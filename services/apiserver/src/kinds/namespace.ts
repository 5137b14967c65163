import { isArray, isObject } from '@reckon/api';
import type { KubeObject } from '../verbs/types.ts';
import { companionWrites } from './namespace-companions.ts';
import { PLAIN_STRATEGY, withStatus } from './ordinary.ts';
import type { Strategy } from './types.ts';

/** Held by the namespace controller until everything in the namespace is gone. */
const CONTENT_FINALIZER = 'kubernetes';
const NAME_LABEL = 'kubernetes.io/metadata.name';

export const NAMESPACE_STRATEGY: Strategy = {
  ...PLAIN_STRATEGY,
  create(object) {
    const finalizers = contentFinalizers(object);
    const held = finalizers.includes(CONTENT_FINALIZER) ? finalizers : [...finalizers, CONTENT_FINALIZER];
    const spec = { ...(isObject(object.spec) && object.spec), finalizers: held };
    return { ...object, spec, status: { phase: 'Active' } };
  },
  update(object, current) {
    const spec = { ...(isObject(object.spec) && object.spec), finalizers: contentFinalizers(current) };
    return withStatus({ ...object, spec }, current.status);
  },
  updateStatus: (object, current) => ({ ...object, spec: current.spec }),
  finalize: (object, current) => withStatus(object, current.status),
  admit: withNameLabel,
  accompany: ({ before, after }, preparation) => ({
    object: after,
    writes: before === undefined ? companionWrites(preparation, after.metadata.name ?? '') : [],
  }),
  mayEndWithUpdate: (object) => contentFinalizers(object).length === 0,
};

export function contentFinalizers(namespace: KubeObject): readonly unknown[] {
  const finalizers = isObject(namespace.spec) ? namespace.spec.finalizers : undefined;
  return isArray(finalizers) ? finalizers : [];
}

function withNameLabel(object: KubeObject): KubeObject {
  const { name = '', labels } = object.metadata;
  if (labels?.[NAME_LABEL] === name) return object;
  return { ...object, metadata: { ...object.metadata, labels: { ...labels, [NAME_LABEL]: name } } };
}
