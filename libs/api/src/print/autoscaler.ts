import type {
  HorizontalPodAutoscaler,
  MetricSpec,
  MetricStatus,
  MetricTarget,
  MetricValueStatus,
} from '@reckon/proto/reckon/api/autoscaling/v2/horizontal_pod_autoscaler.ts';
import { ageOf } from '../names/duration.ts';
import { AGE, NAME, printer, text } from './columns.ts';
import type { Frozen } from './types.ts';

const MAX_SHOWN = 2;
const UNKNOWN = '<unknown>';

export const autoscalerPrinter = printer<HorizontalPodAutoscaler>(
  [
    NAME,
    text('Reference', 'The workload.'),
    text('Targets', 'Metrics as they are, and as they should be.'),
    text('MinPods', 'The least number of pods.'),
    text('MaxPods', 'The greatest number of pods.'),
    text('Replicas', 'Pods that there are.'),
    AGE,
  ],
  ({ metadata, spec, status }, nowMs) => ({
    cells: [
      metadata.name ?? '',
      `${spec?.scaleTargetRef?.kind ?? ''}/${spec?.scaleTargetRef?.name ?? ''}`,
      targetsOf(spec?.metrics ?? [], status?.currentMetrics ?? []),
      String(spec?.minReplicas ?? '<unset>'),
      String(spec?.maxReplicas ?? 0),
      String(status?.currentReplicas ?? 0),
      ageOf(metadata.creationTimestamp, nowMs),
    ],
  }),
);

function targetsOf(metrics: readonly Frozen<MetricSpec>[], current: readonly Frozen<MetricStatus>[]): string {
  if (metrics.length === 0) return '<none>';
  const shown = metrics.slice(0, MAX_SHOWN).map((metric, at) => targetOf(metric, current[at]));
  const more = metrics.length - shown.length;
  return more > 0 ? `${shown.join(', ')} + ${more} more...` : shown.join(', ');
}

/** `cpu: 12%/80%`, `<unknown>/100 (avg)` */
function targetOf(metric: Frozen<MetricSpec>, status: Frozen<MetricStatus> | undefined): string {
  switch (metric.type) {
    case 'Resource': {
      const { name = '', target = {} } = metric.resource ?? {};
      return `${name}: ${resourceTarget(target, status?.resource?.current)}`;
    }
    case 'ContainerResource': {
      const { name = '', target = {} } = metric.containerResource ?? {};
      return `${name}: ${resourceTarget(target, status?.containerResource?.current)}`;
    }
    case 'Pods':
      return `${status?.pods?.current?.averageValue ?? UNKNOWN}/${metric.pods?.target?.averageValue ?? ''}`;
    case 'Object':
      return valueTarget(metric.object?.target ?? {}, status?.object?.current);
    case 'External':
      return valueTarget(metric.external?.target ?? {}, status?.external?.current);
    default:
      return '<unknown type>';
  }
}

function resourceTarget(target: Frozen<MetricTarget>, current: Frozen<MetricValueStatus> = {}): string {
  if (target.averageValue !== undefined) return `${current.averageValue ?? UNKNOWN}/${target.averageValue}`;
  const share = current.averageUtilization === undefined ? UNKNOWN : `${current.averageUtilization}%`;
  return `${share}/${target.averageUtilization === undefined ? '<auto>' : `${target.averageUtilization}%`}`;
}

function valueTarget(target: Frozen<MetricTarget>, current: Frozen<MetricValueStatus> = {}): string {
  if (target.averageValue !== undefined) {
    return `${current.averageValue ?? UNKNOWN}/${target.averageValue} (avg)`;
  }
  return `${current.value ?? UNKNOWN}/${target.value ?? ''}`;
}
