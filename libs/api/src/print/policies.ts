/** What bounds and classifies others. */
import type { ResourceQuota } from '@reckon/proto/reckon/api/core/v1/resource_quota.ts';
import type { RuntimeClass } from '@reckon/proto/reckon/api/node/v1/runtime_class.ts';
import type { PriorityClass } from '@reckon/proto/reckon/api/scheduling/v1/priority_class.ts';
import { ageOf } from '../names/duration.ts';
import { AGE, flag, integer, NAME, printer, text } from './columns.ts';
import type { Frozen } from './types.ts';

export const resourceQuotaPrinter = printer<ResourceQuota>(
  [
    NAME,
    text('Request', 'What is used and may be used, limits aside.'),
    text('Limit', 'Limits that are used and may be used.'),
    AGE,
  ],
  (quota, nowMs) => ({
    cells: [
      quota.metadata.name ?? '',
      amounts(quota, (name) => !name.startsWith('limits')),
      amounts(quota, (name) => name.startsWith('limits')),
      ageOf(quota.metadata.creationTimestamp, nowMs),
    ],
  }),
);

/** `pods: 3/10, requests.cpu: 1/4` */
function amounts({ status }: Frozen<ResourceQuota>, wanted: (name: string) => boolean): string {
  return Object.keys(status?.hard ?? {})
    .sort()
    .filter(wanted)
    .map((name) => `${name}: ${status?.used?.[name] ?? '0'}/${status?.hard?.[name] ?? '0'}`)
    .join(', ');
}

export const priorityClassPrinter = printer<PriorityClass>(
  [
    NAME,
    integer('Value', 'The priority: the greater, the sooner.'),
    flag('Global-Default', 'Whether it is for pods that name no class.'),
    AGE,
    text('PreemptionPolicy', 'Whether others may be taken away to make room.'),
  ],
  ({ metadata, value, globalDefault, preemptionPolicy }, nowMs) => ({
    cells: [
      metadata.name ?? '',
      value ?? 0,
      globalDefault ?? false,
      ageOf(metadata.creationTimestamp, nowMs),
      preemptionPolicy ?? '',
    ],
  }),
);

export const runtimeClassPrinter = printer<RuntimeClass>(
  [NAME, text('Handler', "The container runtime's name for it."), AGE],
  ({ metadata, handler }, nowMs) => ({
    cells: [metadata.name ?? '', handler ?? '', ageOf(metadata.creationTimestamp, nowMs)],
  }),
);
