import { isObject, semanticEqual } from '@reckon/api';
import type { KubeObject } from '../verbs/types.ts';
import { PLAIN_STRATEGY, withGeneration } from './ordinary.ts';
import type { Strategy } from './types.ts';

/** Kinds that only hold what somebody writes into them. */
export const CONFIG_KINDS: readonly (readonly [string, Strategy])[] = [
  ['secrets', { ...PLAIN_STRATEGY, normalize: withStringData }],
  ['endpoints', { ...PLAIN_STRATEGY, createOnUpdate: true }],
  ['leases.coordination.k8s.io', { ...PLAIN_STRATEGY, createOnUpdate: true, unconditionalUpdate: false }],
  ['events', { ...PLAIN_STRATEGY, createOnUpdate: true, collectsGarbage: false }],
  ['priorityclasses.scheduling.k8s.io', { ...PLAIN_STRATEGY, create: (object) => withGeneration(object, 1) }],
  ['limitranges', { ...PLAIN_STRATEGY, createOnUpdate: true }],
  ['endpointslices.discovery.k8s.io', endpointSliceStrategy()],
];

/** `stringData` is for writing only: it goes into `data`, over what is there. */
function withStringData(object: KubeObject): KubeObject {
  const { stringData, ...rest } = object;
  if (!isObject(stringData)) return object;
  const data: Record<string, unknown> = { ...(isObject(object.data) && object.data) };
  for (const key in stringData) data[key] = Buffer.from(String(stringData[key])).toString('base64');
  return { ...rest, data };
}

function endpointSliceStrategy(): Strategy {
  return {
    ...PLAIN_STRATEGY,
    create: (object) => withGeneration(object, 1),
    update(object, current) {
      const same = (['addressType', 'endpoints', 'ports'] as const).every((field) =>
        semanticEqual(object[field], current[field]),
      );
      const sameLabels = semanticEqual(object.metadata.labels, current.metadata.labels);
      return withGeneration(object, (current.metadata.generation ?? 1) + (same && sameLabels ? 0 : 1));
    },
  };
}
