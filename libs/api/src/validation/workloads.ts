import type { Deployment, DeploymentStrategy } from '@reckon/proto/reckon/api/apps/v1/deployment.ts';
import type { ReplicaSet } from '@reckon/proto/reckon/api/apps/v1/replica_set.ts';
import type { Cause } from '../errors/api-error.ts';
import { type IntOrString, percentOf } from '../intstr/int-or-string.ts';
import { subdomainName } from '../names/object-name.ts';
import { forbidden, invalidValue, required } from './causes.ts';
import { checkSelectedTemplate, type TemplateOwner } from './selected-template.ts';
import { atMost, checkCounts, checkReadiness } from './status-counts.ts';
import type { Frozen, KindRules } from './types.ts';

/** Both are said to be what they were in the beginning of Kubernetes. */
const OF: TemplateOwner = { selectorOf: 'deployment', kind: 'ReplicaSet' };

export const DEPLOYMENT: KindRules<Deployment> = {
  name: subdomainName,
  object: ({ spec }, causes) => {
    checkSelectedTemplate(spec, OF, causes);
    checkStrategy(spec?.strategy, 'spec.strategy', causes);
    const { progressDeadlineSeconds, minReadySeconds = 0 } = spec ?? {};
    if (progressDeadlineSeconds !== undefined && progressDeadlineSeconds <= minReadySeconds) {
      causes.push(
        invalidValue(
          'spec.progressDeadlineSeconds',
          progressDeadlineSeconds,
          'must be greater than minReadySeconds',
        ),
      );
    }
  },
  status: ({ status = {} }, before, causes) => {
    const { replicas = 0, readyReplicas = 0, availableReplicas = 0, updatedReplicas = 0 } = status;
    checkCounts(status, ['updatedReplicas', 'unavailableReplicas', 'collisionCount'], causes);
    atMost(causes, 'status.updatedReplicas', updatedReplicas, replicas, 'status.replicas');
    checkReadiness({ replicas, readyReplicas, availableReplicas }, causes);
    if ((status.collisionCount ?? 0) < (before.status?.collisionCount ?? 0)) {
      causes.push(invalidValue('status.collisionCount', status.collisionCount ?? 0, 'cannot be decremented'));
    }
  },
};

export const REPLICA_SET: KindRules<ReplicaSet> = {
  name: subdomainName,
  object: ({ spec }, causes) => checkSelectedTemplate(spec, OF, causes),
  status: ({ status = {} }, _before, causes) => {
    const { replicas = 0, readyReplicas = 0, availableReplicas = 0, fullyLabeledReplicas = 0 } = status;
    checkCounts(status, ['fullyLabeledReplicas'], causes);
    atMost(causes, 'status.fullyLabeledReplicas', fullyLabeledReplicas, replicas, 'status.replicas');
    checkReadiness({ replicas, readyReplicas, availableReplicas }, causes);
  },
};

function checkStrategy(
  strategy: Frozen<DeploymentStrategy> | undefined,
  path: string,
  causes: Cause[],
): void {
  const { type, rollingUpdate } = strategy ?? {};
  if (type === 'Recreate' && rollingUpdate !== undefined) {
    causes.push(
      forbidden(`${path}.rollingUpdate`, "may not be specified when strategy `type` is 'Recreate'"),
    );
  }
  if (type !== 'RollingUpdate') return;
  if (rollingUpdate === undefined) {
    causes.push(required(`${path}.rollingUpdate`, 'this should be defaulted and never be nil'));
    return;
  }
  const maxUnavailable: IntOrString | undefined = rollingUpdate.maxUnavailable;
  const maxSurge: IntOrString | undefined = rollingUpdate.maxSurge;
  if (isNothing(maxUnavailable) && isNothing(maxSurge)) {
    causes.push(
      invalidValue(
        `${path}.rollingUpdate.maxUnavailable`,
        maxUnavailable,
        'may not be 0 when `maxSurge` is 0',
      ),
    );
  }
  if (maxUnavailable !== undefined && (percentOf(maxUnavailable) ?? 0) > 100) {
    causes.push(
      invalidValue(`${path}.rollingUpdate.maxUnavailable`, maxUnavailable, 'must not be greater than 100%'),
    );
  }
}

function isNothing(value: IntOrString | undefined): boolean {
  return value === 0 || (value !== undefined && percentOf(value) === 0);
}
