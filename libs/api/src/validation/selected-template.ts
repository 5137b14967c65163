/** Templates of pods that their owner finds again by a selector. */
import type { PodSpec, PodTemplateSpec } from '@reckon/proto/reckon/api/core/v1/pod.ts';
import type { LabelSelector } from '@reckon/proto/reckon/api/meta/v1/meta.ts';
import type { Cause } from '../errors/api-error.ts';
import { labelSelectorOf } from '../selector/label-object.ts';
import { forbidden, invalidValue, notSupported } from './causes.ts';
import { checkLabelSelector } from './labels.ts';
import { checkPodTemplate } from './pod/spec.ts';
import type { Frozen } from './types.ts';

interface Selecting {
  readonly selector?: Frozen<LabelSelector> | undefined;
  readonly template?: Frozen<PodTemplateSpec> | undefined;
}

/** How messages name the kind. */
export interface TemplateOwner {
  readonly selectorOf: string;
  readonly kind: string;
}

/** A selector, and a template whose pods it selects and which always run. */
export function checkSelectedTemplate(
  spec: Selecting | undefined,
  owner: TemplateOwner,
  causes: Cause[],
): void {
  const { selector, template } = spec ?? {};
  if (selector !== undefined) {
    const already = causes.length;
    checkLabelSelector(selector, 'spec.selector', causes);
    const { matchLabels = {}, matchExpressions = [] } = selector;
    if (Object.keys(matchLabels).length + matchExpressions.length === 0) {
      causes.push(
        invalidValue('spec.selector', selector, `empty selector is invalid for ${owner.selectorOf}`),
      );
    } else if (causes.length === already) checkSelected(selector, template, causes);
    else causes.push(invalidValue('spec.selector', selector, 'invalid label selector'));
  }
  if (template === undefined) return;
  checkPodTemplate(template, 'spec.template', causes);
  checkAlwaysRuns(template.spec, owner.kind, causes);
}

/** The selector, which is itself in order, selects the pods of the template. */
export function checkSelected(
  selector: Frozen<LabelSelector>,
  template: Frozen<PodTemplateSpec> | undefined,
  causes: Cause[],
): void {
  const labels = template?.metadata?.labels;
  if (labelSelectorOf(selector).matches(labels)) return;
  causes.push(
    invalidValue(
      'spec.template.metadata.labels',
      labels ?? {},
      '`selector` does not match template `labels`',
    ),
  );
}

export function checkAlwaysRuns(spec: Frozen<PodSpec> | undefined, kind: string, causes: Cause[]): void {
  const { restartPolicy, activeDeadlineSeconds } = spec ?? {};
  if (restartPolicy === 'OnFailure' || restartPolicy === 'Never') {
    causes.push(notSupported('spec.template.spec.restartPolicy', restartPolicy, ['Always']));
  }
  if (activeDeadlineSeconds !== undefined) {
    causes.push(
      forbidden(
        'spec.template.spec.activeDeadlineSeconds',
        `activeDeadlineSeconds in ${kind} is not Supported`,
      ),
    );
  }
}
