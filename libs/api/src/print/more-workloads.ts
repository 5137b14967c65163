import type { ControllerRevision } from '@reckon/proto/reckon/api/apps/v1/controller_revision.ts';
import type { DaemonSet } from '@reckon/proto/reckon/api/apps/v1/daemon_set.ts';
import type { StatefulSet } from '@reckon/proto/reckon/api/apps/v1/stateful_set.ts';
import type { PodTemplate } from '@reckon/proto/reckon/api/core/v1/pod_template.ts';
import type { ReplicationController } from '@reckon/proto/reckon/api/core/v1/replication_controller.ts';
import type { PodDisruptionBudget } from '@reckon/proto/reckon/api/policy/v1/pod_disruption_budget.ts';
import { ageOf } from '../names/duration.ts';
import {
  AGE,
  CONTAINERS,
  containerCells,
  formatLabels,
  IMAGES,
  integer,
  NAME,
  printer,
  SELECTOR,
  selectorCell,
  text,
} from './columns.ts';

export const statefulSetPrinter = printer<StatefulSet>(
  [NAME, text('Ready', 'Pods that are ready, of those that are wanted.'), AGE, CONTAINERS, IMAGES],
  ({ metadata, spec, status }, nowMs) => ({
    cells: [
      metadata.name ?? '',
      `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`,
      ageOf(metadata.creationTimestamp, nowMs),
      ...containerCells(spec?.template?.spec?.containers),
    ],
  }),
);

export const daemonSetPrinter = printer<DaemonSet>(
  [
    NAME,
    integer('Desired', 'Nodes that should run its pod.'),
    integer('Current', 'Nodes that should run its pod and do.'),
    integer('Ready', 'Nodes whose pod is ready.'),
    integer('Up-to-date', 'Nodes with a pod made from the present template.'),
    integer('Available', 'Nodes whose pod has been ready for long enough.'),
    text('Node Selector', 'Labels of the nodes that it is for.'),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
  ],
  ({ metadata, spec, status }, nowMs) => ({
    cells: [
      metadata.name ?? '',
      status?.desiredNumberScheduled ?? 0,
      status?.currentNumberScheduled ?? 0,
      status?.numberReady ?? 0,
      status?.updatedNumberScheduled ?? 0,
      status?.numberAvailable ?? 0,
      formatLabels(spec?.template?.spec?.nodeSelector),
      ageOf(metadata.creationTimestamp, nowMs),
      ...containerCells(spec?.template?.spec?.containers),
      selectorCell(spec?.selector),
    ],
  }),
);

export const replicationControllerPrinter = printer<ReplicationController>(
  [
    NAME,
    integer('Desired', 'Pods that are wanted.'),
    integer('Current', 'Pods that are there.'),
    integer('Ready', 'Pods that are ready.'),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
  ],
  ({ metadata, spec, status }, nowMs) => ({
    cells: [
      metadata.name ?? '',
      spec?.replicas ?? 0,
      status?.replicas ?? 0,
      status?.readyReplicas ?? 0,
      ageOf(metadata.creationTimestamp, nowMs),
      ...containerCells(spec?.template?.spec?.containers),
      formatLabels(spec?.selector),
    ],
  }),
);

export const controllerRevisionPrinter = printer<ControllerRevision>(
  [NAME, text('Controller', 'Whose state it is.'), text('Revision', 'Number of the version.'), AGE],
  ({ metadata, revision }, nowMs) => ({
    cells: [
      metadata.name ?? '',
      controllerOf(metadata.ownerReferences),
      String(revision ?? 0),
      ageOf(metadata.creationTimestamp, nowMs),
    ],
  }),
);

interface Owner {
  readonly apiVersion?: string | undefined;
  readonly kind?: string | undefined;
  readonly name?: string | undefined;
  readonly controller?: boolean | undefined;
}

/** `statefulset.apps/web` */
function controllerOf(owners: readonly Owner[] | undefined): string {
  const owner = owners?.find(({ controller }) => controller === true);
  if (owner === undefined) return '<none>';
  const { apiVersion = '', kind = '', name = '' } = owner;
  const [group = ''] = apiVersion.includes('/') ? apiVersion.split('/') : [];
  return `${kind.toLowerCase()}${group === '' ? '' : `.${group}`}/${name}`;
}

export const podTemplatePrinter = printer<PodTemplate>(
  [
    NAME,
    text('Containers', 'Names of the containers in the template.'),
    text('Images', 'Images of the containers in the template.'),
    text('Pod Labels', 'Labels of the template.'),
    AGE,
  ],
  ({ metadata, template }, nowMs) => ({
    cells: [
      metadata.name ?? '',
      ...containerCells(template?.spec?.containers),
      formatLabels(template?.metadata?.labels),
      ageOf(metadata.creationTimestamp, nowMs),
    ],
  }),
);

export const podDisruptionBudgetPrinter = printer<PodDisruptionBudget>(
  [
    NAME,
    text('Min Available', 'How many pods must be left.'),
    text('Max Unavailable', 'How many pods may be missing.'),
    integer('Allowed Disruptions', 'How many pods may be evicted now.'),
    AGE,
  ],
  ({ metadata, spec, status }, nowMs) => ({
    cells: [
      metadata.name ?? '',
      String(spec?.minAvailable ?? 'N/A'),
      String(spec?.maxUnavailable ?? 'N/A'),
      status?.disruptionsAllowed ?? 0,
      ageOf(metadata.creationTimestamp, nowMs),
    ],
  }),
);
