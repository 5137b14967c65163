/**
 * What events.k8s.io/v1 asks for beyond what every event has to be (`event.ts`): what is written there is of the newer
 * form only, and stays as it was told but for its series. Fields are called as they are kept.
 */
import type { Event } from '@reckon/proto/reckon/api/core/v1/event.ts';
import type { Cause } from '../errors/api-error.ts';
import { semanticEqual } from '../json/equal.ts';
import { subdomainName } from '../names/object-name.ts';
import { immutable, invalidEach, invalidValue, required } from './causes.ts';
import type { Frozen, VersionRules } from './types.ts';

const TYPES: readonly (string | undefined)[] = ['Normal', 'Warning'];
const LEAST_COUNT = 2;

export const EVENT_OF_V1: VersionRules<Event> = { create: checkCreate, update: checkUpdate };

function checkCreate(event: Frozen<Event>, causes: Cause[]): void {
  const { name = '' } = event.metadata ?? {};
  invalidEach(causes, 'metadata.name', name, subdomainName(name, false));
  checkSeries(event, causes);
  if (event.eventTime === undefined) causes.push(required('eventTime'));
  if (!TYPES.includes(event.type))
    causes.push(invalidValue('type', '', `has invalid value: ${event.type ?? ''}`));
  const { component = '', host = '' } = event.source ?? {};
  const old = {
    firstTimestamp: event.firstTimestamp !== undefined,
    lastTimestamp: event.lastTimestamp !== undefined,
    count: (event.count ?? 0) !== 0,
    source: component !== '' || host !== '',
  };
  for (const [field, set] of Object.entries(old))
    if (set) causes.push(invalidValue(field, '', 'needs to be unset'));
}

const KEPT = [
  'involvedObject',
  'reason',
  'message',
  'source',
  'firstTimestamp',
  'lastTimestamp',
  'count',
  'type',
  'eventTime',
  'action',
  'related',
] as const;

function checkUpdate(after: Frozen<Event>, before: Frozen<Event>, causes: Cause[]): void {
  if (!semanticEqual(before.series, after.series)) checkSeries(after, causes);
  for (const field of KEPT) immutable(causes, field, before[field], after[field]);
  immutable(causes, 'reportingController', before.reportingComponent, after.reportingComponent);
  immutable(causes, 'reportingInstance', before.reportingInstance, after.reportingInstance);
}

function checkSeries({ series }: Frozen<Event>, causes: Cause[]): void {
  if (series === undefined) return;
  if ((series.count ?? 0) < LEAST_COUNT)
    causes.push(invalidValue('series.count', '', `should be at least ${LEAST_COUNT}`));
  if (series.lastObservedTime === undefined) causes.push(required('series.lastObservedTime'));
}
