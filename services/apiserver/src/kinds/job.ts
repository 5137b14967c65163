import { isObject, JOB_NAME_LABELS, JOB_UID_LABELS } from '@reckon/api';
import type { KubeObject } from '../verbs/types.ts';
import { statusStrategy } from './ordinary.ts';
import type { Strategy } from './types.ts';

type Fields = Readonly<Record<string, unknown>>;

export const JOB_STRATEGY: Strategy = {
  ...statusStrategy({ generation: true, initialStatus: {} }),
  admit: withGeneratedSelector,
  orphansByDefault: {
    warning:
      'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning',
  },
};

/**
 * Labels that no other Job's pods have, and the selector of these, unless they are made by hand. What is already
 * there stays, for validation to judge. (Kubernetes: `generateSelector` of the registry's strategy.)
 */
function withGeneratedSelector(job: KubeObject): KubeObject {
  const spec = fieldsOf(job.spec);
  if (spec.manualSelector === true) return job;
  const { name = '', uid = '' } = job.metadata;
  const template = fieldsOf(spec.template);
  const metadata = fieldsOf(template.metadata);
  const labels: Record<string, unknown> = {};
  for (const label of JOB_NAME_LABELS) labels[label] = name;
  for (const label of JOB_UID_LABELS) labels[label] = uid;
  Object.assign(labels, metadata.labels);
  const [uidLabel] = JOB_UID_LABELS;
  const selector = fieldsOf(spec.selector);
  const matchLabels = { [uidLabel]: uid, ...fieldsOf(selector.matchLabels) };
  return {
    ...job,
    spec: {
      ...spec,
      selector: { ...selector, matchLabels },
      template: { ...template, metadata: { ...metadata, labels } },
    },
  };
}

function fieldsOf(value: unknown): Fields {
  return isObject(value) ? value : {};
}
