import { isObject } from '../json/types.ts';
import type { Fields } from './types.ts';

const BACKOFF_LIMIT = 6;
const UNLIMITED = 2 ** 31 - 1;

/** What holds for Jobs, and not for what a CronJob makes them from. */
export function job(value: Fields): Fields {
  const spec = isObject(value.spec) ? value.spec : {};
  const next: Record<string, unknown> = { ...spec };
  if (next.parallelism === undefined) {
    next.completions ??= 1;
    next.parallelism = 1;
  }
  next.backoffLimit ??= next.backoffLimitPerIndex === undefined ? BACKOFF_LIMIT : UNLIMITED;
  next.completionMode ??= 'NonIndexed';
  next.suspend ??= false;
  next.manualSelector ??= false;
  next.podReplacementPolicy ??= next.podFailurePolicy === undefined ? 'TerminatingOrFailed' : 'Failed';
  return withTemplateLabels({ ...value, spec: next });
}

/** An object without labels has those of its template. */
export function withTemplateLabels(value: Fields): Fields {
  const labels = templateLabels(value);
  const metadata = isObject(value.metadata) ? value.metadata : {};
  if (labels === undefined || hasEntries(metadata.labels)) return value;
  return { ...value, metadata: { ...metadata, labels } };
}

/** `spec.template.metadata.labels`, if there are any. */
export function templateLabels({ spec }: Fields): Fields | undefined {
  const template = isObject(spec) && isObject(spec.template) ? spec.template : {};
  const labels = isObject(template.metadata) ? template.metadata.labels : undefined;
  return isObject(labels) && hasEntries(labels) ? labels : undefined;
}

export function hasEntries(value: unknown): boolean {
  return isObject(value) && Object.keys(value).length > 0;
}
