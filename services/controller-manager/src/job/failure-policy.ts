/** What the failure of a pod means to its Job (Kubernetes: "Pod failure policy"; KEP-3329, KEP-3850). */
import type { Frozen } from '@reckon/client';
import type {
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyRule,
} from '@reckon/proto/reckon/api/batch/v1/types.ts';
import type { StoredJob, StoredPod } from '../resources.ts';

export interface FailureVerdict {
  readonly action: 'Count' | 'Ignore' | 'FailIndex' | 'FailJob';
  /** What made a rule match, for people. */
  readonly message: string;
}

const COUNTED: FailureVerdict = { action: 'Count', message: '' };

/** The first rule that matches a failed pod; without one it counts against the backoff limit. */
export function failureVerdict(job: StoredJob, pod: StoredPod): FailureVerdict {
  for (const [at, rule] of (job.spec?.podFailurePolicy?.rules ?? []).entries()) {
    const matched = matchOf(rule, pod);
    if (matched === undefined) continue;
    const action = actionOf(job, rule.action);
    if (action === undefined) continue;
    return { action, message: `${matched} matching ${rule.action} rule at index ${at}` };
  }
  return COUNTED;
}

function actionOf(job: StoredJob, action: string | undefined): FailureVerdict['action'] | undefined {
  switch (action) {
    case 'Ignore':
    case 'FailJob':
    case 'Count':
      return action;
    case 'FailIndex':
      return job.spec?.backoffLimitPerIndex === undefined ? 'Count' : action;
    default:
      // Of a newer version: a rule that nobody here understands does not match.
      return undefined;
  }
}

function matchOf(rule: Frozen<PodFailurePolicyRule>, pod: StoredPod): string | undefined {
  const name = `${pod.metadata.namespace}/${pod.metadata.name}`;
  if (rule.onExitCodes) return exitCodeMatch(rule.onExitCodes, pod, name);
  for (const pattern of rule.onPodConditions ?? []) {
    const found = pod.status?.conditions?.some(
      ({ type, status }) => type === pattern.type && status === (pattern.status || 'True'),
    );
    if (found) return `Pod ${name} has condition ${pattern.type}`;
  }
  return undefined;
}

function exitCodeMatch(
  { containerName, operator, values = [] }: Frozen<PodFailurePolicyOnExitCodesRequirement>,
  pod: StoredPod,
  podName: string,
): string | undefined {
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
  for (const { name, state } of [...containerStatuses, ...initContainerStatuses]) {
    const exitCode = state?.terminated?.exitCode;
    if (!exitCode || (containerName && containerName !== name)) continue;
    if (values.includes(exitCode) === (operator === 'In')) {
      return `Container ${name} for pod ${podName} failed with exit code ${exitCode}`;
    }
  }
  return undefined;
}
