import type { ReplicationController } from '@reckon/proto/reckon/api/core/v1/replication_controller.ts';
import { subdomainName } from '../names/object-name.ts';
import { required } from './causes.ts';
import { checkPodTemplate } from './pod/spec.ts';
import { checkAlwaysRuns, checkSelected } from './selected-template.ts';
import { atMost, checkCounts, checkReadiness } from './status-counts.ts';
import type { KindRules } from './types.ts';

export const REPLICATION_CONTROLLER: KindRules<ReplicationController> = {
  name: subdomainName,
  object: ({ spec = {} }, causes) => {
    const { selector = {}, template } = spec;
    if (Object.keys(selector).length === 0) causes.push(required('spec.selector'));
    if (template === undefined) {
      causes.push(required('spec.template'));
      return;
    }
    if (Object.keys(selector).length > 0) checkSelected({ matchLabels: selector }, template, causes);
    checkPodTemplate(template, 'spec.template', causes);
    checkAlwaysRuns(template.spec, 'ReplicationController', causes);
  },
  status: ({ status = {} }, _before, causes) => {
    const { replicas = 0, readyReplicas = 0, availableReplicas = 0, fullyLabeledReplicas = 0 } = status;
    checkCounts(status, ['fullyLabeledReplicas'], causes);
    atMost(causes, 'status.fullyLabeledReplicas', fullyLabeledReplicas, replicas, 'status.replicas');
    checkReadiness({ replicas, readyReplicas, availableReplicas }, causes);
  },
};
