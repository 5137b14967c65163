import { isArray, isObject, rfc3339 } from '@reckon/api';
import type { Preparation } from '../verbs/env.ts';
import type { KubeObject } from '../verbs/types.ts';
import { statusStrategy, withStatus } from './ordinary.ts';
import type { Strategy } from './types.ts';

type Fields = Readonly<Record<string, unknown>>;

const ordinary = statusStrategy({ generation: false, initialStatus: {} });

export const CERTIFICATE_SIGNING_REQUEST_STRATEGY: Strategy = {
  ...ordinary,
  admit: withRequester,
  // What is asked for and by whom is settled when it is asked.
  update: (object, current) => ordinary.update({ ...object, spec: current.spec }, current),
  approve: (object, current) => {
    const { conditions } = fieldsOf(object.status);
    const status = { ...fieldsOf(current.status), ...(conditions !== undefined && { conditions }) };
    return ordinary.updateStatus(withStatus(object, status), current);
  },
  stamp: withConditionTimes,
};

/** Who asks is the one who is asking, whatever the object says. */
function withRequester(object: KubeObject, { context: { user } }: Preparation): KubeObject {
  const { username: _n, uid: _u, groups: _g, extra: _e, ...asked } = fieldsOf(object.spec);
  const spec = {
    ...asked,
    username: user.name,
    ...(user.uid && { uid: user.uid }),
    ...(user.groups.length > 0 && { groups: user.groups }),
    ...(user.extra && { extra: user.extra }),
  };
  return { ...object, spec };
}

/** Conditions that are new or have changed are told when. */
function withConditionTimes(object: KubeObject, current: KubeObject, nowMs: number): KubeObject {
  const { conditions } = fieldsOf(object.status);
  if (!isArray(conditions)) return object;
  const now = rfc3339(nowMs);
  const before = fieldsOf(current.status).conditions;
  const stamped = conditions.map((condition) => {
    if (!isObject(condition)) return condition;
    const old = isArray(before)
      ? before.find((other) => isObject(other) && other.type === condition.type)
      : undefined;
    const lastTransitionTime =
      isObject(old) && old.status === condition.status ? old.lastTransitionTime : now;
    return {
      ...condition,
      lastUpdateTime: condition.lastUpdateTime ?? now,
      lastTransitionTime: condition.lastTransitionTime ?? lastTransitionTime ?? now,
    };
  });
  return { ...object, status: { ...fieldsOf(object.status), conditions: stamped } };
}

function fieldsOf(value: unknown): Fields {
  return isObject(value) ? value : {};
}
