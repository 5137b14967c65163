/** What a log may be asked for (Kubernetes: `ValidatePodLogOptions`). */
import { badRequest, type Cause, invalid } from '@reckon/api';
import type { Query } from '../rest/query.ts';

const RFC3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

/** Throws Invalid for numbers that mean nothing, BadRequest for what is no number or time. */
export function checkLogOptions(query: Query, podName: string): void {
  const causes: Cause[] = [];
  const atLeast = (field: string, least: 0 | 1) => {
    const value = query.integer(field);
    if (value === undefined || value >= least) return;
    const why = least === 0 ? 'must be greater than or equal to 0' : 'must be greater than 0';
    causes.push({ reason: 'FieldValueInvalid', field, message: `Invalid value: ${value}: ${why}` });
  };
  atLeast('tailLines', 0);
  atLeast('limitBytes', 1);
  const sinceTime = query.text('sinceTime');
  if (sinceTime !== undefined && (!RFC3339.test(sinceTime) || Number.isNaN(Date.parse(sinceTime)))) {
    const time = JSON.stringify(sinceTime);
    throw badRequest(`parsing time ${time} as "2006-01-02T15:04:05Z07:00": cannot parse ${time} as "2006"`);
  }
  if (sinceTime !== undefined && query.text('sinceSeconds') !== undefined) {
    const message = 'Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified';
    causes.push({ reason: 'FieldValueForbidden', field: '', message });
  } else atLeast('sinceSeconds', 1);
  if (causes.length > 0) throw invalid({ group: '', kind: 'PodLogOptions' }, podName, causes);
}
