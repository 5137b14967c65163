/** Versions from before the one that is kept, with the same fields: what differs is what some of them mean. */
import { isArray, isObject } from '../json/types.ts';
import type { KubeObject } from '../meta/types.ts';
import type { ResourceSchema } from '../schema/types.ts';
import { budgetFromV1, budgetToV1 } from './disruption-budget.ts';
import type { Conversion } from './types.ts';

interface Meanings {
  toKept(object: KubeObject): KubeObject;
  fromKept(object: KubeObject): KubeObject;
}

const unchanged = (object: KubeObject): KubeObject => object;

/** By API version and resource. */
const MEANINGS: ReadonlyMap<string, Meanings> = new Map([
  ['policy/v1beta1 poddisruptionbudgets', { toKept: budgetToV1, fromKept: budgetFromV1 }],
  [
    'certificates.k8s.io/v1beta1 certificatesigningrequests',
    { toKept: decisionsAreTrue, fromKept: unchanged },
  ],
]);

/** @param inner how the version that is kept is itself a view of another resource (events). */
export function sameShape(
  { group, version, resource, groupResource }: ResourceSchema,
  keptAs: string,
  inner: Conversion | undefined,
): Conversion {
  const { toKept, fromKept } = MEANINGS.get(`${group}/${version} ${resource}`) ?? {
    toKept: unchanged,
    fromKept: unchanged,
  };
  return {
    storedAs: inner?.storedAs ?? groupResource,
    toStored(object) {
      const kept = { ...toKept(object), apiVersion: `${group}/${keptAs}` };
      return inner ? inner.toStored(kept) : kept;
    },
    fromStored(object) {
      return {
        ...fromKept(inner ? inner.fromStored(object) : object),
        apiVersion: `${group}/${version}`,
      };
    },
    ...(inner?.fieldSelector && { fieldSelector: inner.fieldSelector }),
  };
}

/** Decisions on certificates had no status: they were made or not. */
function decisionsAreTrue(request: KubeObject): KubeObject {
  const { status } = request;
  if (!isObject(status) || !isArray(status.conditions)) return request;
  const conditions = status.conditions.map((condition) =>
    isObject(condition) ? { status: 'True', ...condition } : condition,
  );
  return { ...request, status: { ...status, conditions } };
}
