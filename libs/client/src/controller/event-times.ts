/**
 * When and how often an Event has happened, told in the fields of both of Kubernetes' versions of it: clients of the core
 * group read count, firstTimestamp and lastTimestamp, those of events.k8s.io read eventTime and `series` (KEP-383). What
 * happens once has no series; from the second time on it has one, as with client-go's tools/events.
 */
import { rfc3339, rfc3339Micro } from '@reckon/api';
import type { Event } from '@reckon/proto/reckon/api/core/v1/event.ts';

export interface Occurrences {
  readonly count: number;
  /** Milliseconds since the epoch. */
  readonly firstMs: number;
  readonly lastMs: number;
}

/** What changes in an Event when it happens again. */
export type Repetition = Required<Pick<Event, 'count' | 'lastTimestamp' | 'series'>>;

export function timesOf({ firstMs, ...again }: Occurrences): Partial<Event> {
  const first = { eventTime: rfc3339Micro(firstMs), firstTimestamp: rfc3339(firstMs) };
  const { series, ...times } = repetitionOf(again);
  return { ...first, ...times, ...(again.count > 1 ? { series } : {}) };
}

export function repetitionOf({ count, lastMs }: Omit<Occurrences, 'firstMs'>): Repetition {
  return {
    count,
    lastTimestamp: rfc3339(lastMs),
    series: { count, lastObservedTime: rfc3339Micro(lastMs) },
  };
}
