import type { Pod } from '@reckon/proto/reckon/api/core/v1/pod.ts';
import { isConditionTrue } from '../conditions/condition.ts';
import { ageOf, humanDuration } from '../names/duration.ts';
import { AGE, NAME, orNone, printer, text, wide } from './columns.ts';
import { summarizePod } from './pod-status.ts';
import type { Frozen, TableRowCondition } from './types.ts';

const COLUMNS = [
  NAME,
  text('Ready', 'Containers that are ready, of those the pod has.'),
  text('Status', 'State of the pod in one word, put together from its containers.'),
  text('Restarts', 'How often containers of the pod were restarted, and when the last time was.'),
  AGE,
  wide(text('IP', 'Address of the pod.')),
  wide(text('Node', 'Node that the pod was bound to.')),
  wide(text('Nominated Node', 'Node on which room is being made for the pod.')),
  wide(text('Readiness Gates', 'Further conditions that hold, of those the pod needs to be ready.')),
];

export const podPrinter = printer<Pod>(COLUMNS, (pod, nowMs) => {
  const { status, readyContainers, totalContainers, restarts, lastRestartMs } = summarizePod(pod);
  const conditions = rowConditions(pod.status?.phase);
  const since =
    restarts > 0 && lastRestartMs !== undefined ? ` (${humanDuration(nowMs - lastRestartMs)} ago)` : '';
  return {
    cells: [
      pod.metadata.name ?? '',
      `${readyContainers}/${totalContainers}`,
      status,
      `${restarts}${since}`,
      ageOf(pod.metadata.creationTimestamp, nowMs),
      orNone(pod.status?.podIPs?.[0]?.ip ?? pod.status?.podIP),
      orNone(pod.spec?.nodeName),
      orNone(pod.status?.nominatedNodeName),
      readinessGates(pod),
    ],
    ...(conditions === undefined ? {} : { conditions }),
  };
});

function readinessGates(pod: Frozen<Pod>): string {
  const gates = pod.spec?.readinessGates ?? [];
  if (gates.length === 0) return '<none>';
  const open = gates.filter(({ conditionType }) =>
    isConditionTrue(pod.status?.conditions, conditionType ?? ''),
  );
  return `${open.length}/${gates.length}`;
}

function rowConditions(phase: string | undefined): readonly TableRowCondition[] | undefined {
  if (phase !== 'Succeeded' && phase !== 'Failed') return undefined;
  const message = phase === 'Succeeded' ? 'The pod has completed successfully.' : 'The pod failed.';
  return [{ type: 'Completed', status: 'True', reason: phase, message }];
}
