import type { DaemonSet, DaemonSetUpdateStrategy } from '@reckon/proto/reckon/api/apps/v1/daemon_set.ts';
import type { Cause } from '../errors/api-error.ts';
import { subdomainName } from '../names/object-name.ts';
import { invalidValue, nonNegative, required } from './causes.ts';
import { checkAtMostAll, isNothing } from './int-or-percent.ts';
import { checkSelectedTemplate } from './selected-template.ts';
import { checkCollisionCount } from './status-counts.ts';
import type { Frozen, KindRules } from './types.ts';

const COUNTS = [
  'currentNumberScheduled',
  'numberMisscheduled',
  'desiredNumberScheduled',
  'numberReady',
  'observedGeneration',
  'updatedNumberScheduled',
  'numberAvailable',
  'numberUnavailable',
  'collisionCount',
] as const;

export const DAEMON_SET: KindRules<DaemonSet> = {
  name: subdomainName,
  object: ({ spec }, causes) => {
    checkSelectedTemplate(spec, { selectorOf: 'daemonset', kind: 'DaemonSet' }, causes);
    checkUpdateStrategy(spec?.updateStrategy, causes);
  },
  status: ({ status = {} }, before, causes) => {
    for (const field of COUNTS) nonNegative(causes, `status.${field}`, status[field]);
    checkCollisionCount(status, before.status, causes);
  },
};

function checkUpdateStrategy(strategy: Frozen<DaemonSetUpdateStrategy> | undefined, causes: Cause[]): void {
  if (strategy?.type !== 'RollingUpdate') return;
  const path = 'spec.updateStrategy.rollingUpdate';
  const { rollingUpdate } = strategy;
  if (rollingUpdate === undefined) {
    causes.push(required(path));
    return;
  }
  const { maxUnavailable, maxSurge } = rollingUpdate;
  checkAtMostAll(maxUnavailable, `${path}.maxUnavailable`, causes);
  checkAtMostAll(maxSurge, `${path}.maxSurge`, causes);
  if (!isNothing(maxUnavailable) && !isNothing(maxSurge)) {
    causes.push(invalidValue(`${path}.maxSurge`, maxSurge, 'may not be set when maxUnavailable is non-zero'));
  } else if (isNothing(maxUnavailable) && isNothing(maxSurge)) {
    causes.push(required(`${path}.maxUnavailable`, 'cannot be 0 when maxSurge is 0'));
  }
}
