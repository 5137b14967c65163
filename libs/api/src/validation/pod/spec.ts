import type { Pod, PodSpec, PodTemplateSpec } from '@reckon/proto/reckon/api/core/v1/pod.ts';
import type { Cause } from '../../errors/api-error.ts';
import { qualifiedNameErrors } from '../../names/label.ts';
import { subdomainName } from '../../names/object-name.ts';
import { forbidden, invalidEach, invalidValue } from '../causes.ts';
import { checkAnnotations, checkLabels } from '../labels.ts';
import type { Frozen } from '../types.ts';
import { checkContainers } from './containers.ts';
import { checkPodNetwork } from './network.ts';
import { checkTolerations } from './scheduling.ts';
import { checkPodSecurity } from './security.ts';
import { checkVolumes } from './volumes.ts';

/** What holds for the spec of a pod and of a template alike, beyond what the schema says. */
function checkSpec(spec: Frozen<PodSpec>, ofPod: boolean, path: string, causes: Cause[]): void {
  checkVolumes(spec.volumes, `${path}.volumes`, causes);
  checkContainers(spec, path, causes);
  checkPodNetwork(spec, ofPod, path, causes);
  checkLabels(spec.nodeSelector, `${path}.nodeSelector`, causes);
  checkPodSecurity(spec, path, causes);
  if (spec.nodeName) {
    invalidEach(causes, `${path}.nodeName`, spec.nodeName, subdomainName(spec.nodeName, false));
  }
  checkTolerations(spec.tolerations, `${path}.tolerations`, causes);
  for (const [index, { conditionType = '' }] of (spec.readinessGates ?? []).entries()) {
    const here = `${path}.readinessGates[${index}].conditionType`;
    invalidEach(causes, here, conditionType, conditionType === '' ? [] : qualifiedNameErrors(conditionType));
  }
}

/** `spec` of a pod. */
export function checkPodSpec({ spec = {} }: Frozen<Pod>, causes: Cause[]): void {
  checkSpec(spec, true, 'spec', causes);
  for (const kind of ['containers', 'initContainers'] as const) {
    for (const [index, { image = '' }] of (spec[kind] ?? []).entries()) {
      if (image.trim() === image) continue;
      causes.push(
        invalidValue(`spec.${kind}[${index}].image`, image, 'must not have leading or trailing whitespace'),
      );
    }
  }
  if (!spec.serviceAccountName) checkNoTokens(spec, causes);
}

/** A pod without an account has no token to project. */
function checkNoTokens(spec: Frozen<PodSpec>, causes: Cause[]): void {
  for (const [index, { projected }] of (spec.volumes ?? []).entries()) {
    for (const [at, { serviceAccountToken }] of (projected?.sources ?? []).entries()) {
      if (serviceAccountToken === undefined) continue;
      causes.push(
        forbidden(
          `spec.volumes[${index}].projected.sources[${at}].serviceAccountToken`,
          'must not be specified when serviceAccountName is not set',
        ),
      );
    }
  }
}

/** The template that a workload makes its pods from. */
export function checkPodTemplate(
  { metadata, spec = {} }: Frozen<PodTemplateSpec>,
  path: string,
  causes: Cause[],
): void {
  checkLabels(metadata?.labels, `${path}.labels`, causes);
  checkAnnotations(metadata?.annotations, `${path}.annotations`, causes);
  checkSpec(spec, false, `${path}.spec`, causes);
  if (spec.ephemeralContainers?.length) {
    causes.push(
      forbidden(`${path}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template'),
    );
  }
}
