/** What only holds a template or a state for others. */
import type { ControllerRevision } from '@reckon/proto/reckon/api/apps/v1/controller_revision.ts';
import type { PodTemplate } from '@reckon/proto/reckon/api/core/v1/pod_template.ts';
import { subdomainName } from '../names/object-name.ts';
import { nonNegative, required } from './causes.ts';
import { checkPodTemplate } from './pod/spec.ts';
import type { KindRules } from './types.ts';

export const POD_TEMPLATE: KindRules<PodTemplate> = {
  name: subdomainName,
  object: ({ template }, causes) => {
    if (template !== undefined) checkPodTemplate(template, 'template', causes);
  },
};

export const CONTROLLER_REVISION: KindRules<ControllerRevision> = {
  name: subdomainName,
  object: ({ data, revision }, causes) => {
    if (data === undefined) causes.push(required('data', 'data is mandatory'));
    nonNegative(causes, 'revision', revision);
  },
};
