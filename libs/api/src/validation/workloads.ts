import type { Deployment, DeploymentStrategy } from '@reckon/proto/reckon/api/apps/v1/deployment.ts';
import type { ReplicaSet } from '@reckon/proto/reckon/api/apps/v1/replica_set.ts';
import type { PodTemplateSpec } from '@reckon/proto/reckon/api/core/v1/pod.ts';
import type { LabelSelector } from '@reckon/proto/reckon/api/meta/v1/meta.ts';
import type { Cause } from '../errors/api-error.ts';
import { type IntOrString, percentOf } from '../intstr/int-or-string.ts';
import { subdomainName } from '../names/object-name.ts';
import { labelSelectorOf } from '../selector/label-object.ts';
import { forbidden, invalidValue, nonNegative, notSupported, required } from './causes.ts';
import { checkLabelSelector } from './labels.ts';
import { checkPodTemplate } from './pod/spec.ts';
import type { Frozen, KindRules } from './types.ts';

export const DEPLOYMENT: KindRules<Deployment> = {
  name: subdomainName,
  object: ({ spec }, causes) => {
    checkSelectedTemplate(spec?.selector, spec?.template, causes);
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
  object: ({ spec }, causes) => checkSelectedTemplate(spec?.selector, spec?.template, causes),
  status: ({ status = {} }, _before, causes) => {
    const { replicas = 0, readyReplicas = 0, availableReplicas = 0, fullyLabeledReplicas = 0 } = status;
    checkCounts(status, ['fullyLabeledReplicas'], causes);
    atMost(causes, 'status.fullyLabeledReplicas', fullyLabeledReplicas, replicas, 'status.replicas');
    checkReadiness({ replicas, readyReplicas, availableReplicas }, causes);
  },
};

/** A selector, and a template whose pods it selects and which always run. */
function checkSelectedTemplate(
  selector: Frozen<LabelSelector> | undefined,
  template: Frozen<PodTemplateSpec> | undefined,
  causes: Cause[],
): void {
  if (selector !== undefined) {
    const already = causes.length;
    checkLabelSelector(selector, 'spec.selector', causes);
    const { matchLabels = {}, matchExpressions = [] } = selector;
    if (Object.keys(matchLabels).length + matchExpressions.length === 0) {
      causes.push(invalidValue('spec.selector', selector, 'empty selector is invalid for deployment'));
    } else if (causes.length === already) {
      const labels = template?.metadata?.labels;
      if (!labelSelectorOf(selector).matches(labels)) {
        causes.push(
          invalidValue(
            'spec.template.metadata.labels',
            labels ?? {},
            '`selector` does not match template `labels`',
          ),
        );
      }
    } else causes.push(invalidValue('spec.selector', selector, 'invalid label selector'));
  }
  if (template === undefined) return;
  checkPodTemplate(template, 'spec.template', causes);
  const { restartPolicy, activeDeadlineSeconds } = template.spec ?? {};
  if (restartPolicy === 'OnFailure' || restartPolicy === 'Never') {
    causes.push(notSupported('spec.template.spec.restartPolicy', restartPolicy, ['Always']));
  }
  if (activeDeadlineSeconds !== undefined) {
    causes.push(
      forbidden(
        'spec.template.spec.activeDeadlineSeconds',
        'activeDeadlineSeconds in ReplicaSet is not Supported',
      ),
    );
  }
}

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

interface Readiness {
  readonly replicas: number;
  readonly readyReplicas: number;
  readonly availableReplicas: number;
}

function checkReadiness({ replicas, readyReplicas, availableReplicas }: Readiness, causes: Cause[]): void {
  atMost(causes, 'status.readyReplicas', readyReplicas, replicas, 'status.replicas');
  atMost(causes, 'status.availableReplicas', availableReplicas, replicas, 'status.replicas');
  atMost(causes, 'status.availableReplicas', availableReplicas, readyReplicas, 'readyReplicas');
}

function atMost(causes: Cause[], field: string, value: number, bound: number, of: string): void {
  if (value > bound) causes.push(invalidValue(field, value, `cannot be greater than ${of}`));
}

function checkCounts(
  status: Readonly<Record<string, unknown>>,
  further: readonly string[],
  causes: Cause[],
): void {
  for (const field of ['observedGeneration', 'replicas', 'readyReplicas', 'availableReplicas', ...further]) {
    const count = status[field];
    if (typeof count === 'number') nonNegative(causes, `status.${field}`, count);
  }
}
