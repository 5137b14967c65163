/** When a request is of no use any more (as Kubernetes' csrcleaner). */
import { findCondition } from '@reckon/api';
import type { StoredRequest } from './types.ts';

const HOUR_MS = 3_600_000;
const DECIDED_MS = HOUR_MS;
const PENDING_MS = 24 * HOUR_MS;

export interface Expiry {
  readonly atMs: number;
  readonly because: string;
}

export function expiryOf({ metadata, status }: StoredRequest): Expiry {
  const { conditions } = status ?? {};
  const createdMs = Date.parse(metadata.creationTimestamp);
  for (const type of ['Denied', 'Failed', 'Approved']) {
    const condition = findCondition(conditions, type);
    // What is approved stays for as long as it is not signed.
    if (!condition || (type === 'Approved' && !status?.certificate)) continue;
    const decidedMs = Date.parse(condition.lastUpdateTime ?? '') || createdMs;
    return { atMs: decidedMs + DECIDED_MS, because: `it was ${type.toLowerCase()} more than an hour ago` };
  }
  return { atMs: createdMs + PENDING_MS, because: 'nothing has come of it in a day' };
}
