import type { Deployment } from '@reckon/proto/reckon/api/apps/v1/deployment.ts';
import type { ReplicaSet } from '@reckon/proto/reckon/api/apps/v1/replica_set.ts';
import { ageOf } from '../names/duration.ts';
import {
  AGE,
  CONTAINERS,
  containerCells,
  IMAGES,
  integer,
  NAME,
  printer,
  SELECTOR,
  selectorCell,
  text,
} from './columns.ts';

export const deploymentPrinter = printer<Deployment>(
  [
    NAME,
    text('Ready', 'Pods that are ready, of those that are wanted.'),
    text('Up-to-date', 'Pods made from the present template.'),
    text('Available', 'Pods that have been ready for long enough.'),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
  ],
  (deployment, nowMs) => {
    const { spec, status, metadata } = deployment;
    return {
      cells: [
        metadata.name ?? '',
        `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`,
        status?.updatedReplicas ?? 0,
        status?.availableReplicas ?? 0,
        ageOf(metadata.creationTimestamp, nowMs),
        ...containerCells(spec?.template?.spec?.containers),
        selectorCell(spec?.selector),
      ],
    };
  },
);

export const replicaSetPrinter = printer<ReplicaSet>(
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
  (replicaSet, nowMs) => {
    const { spec, status, metadata } = replicaSet;
    return {
      cells: [
        metadata.name ?? '',
        spec?.replicas ?? 0,
        status?.replicas ?? 0,
        status?.readyReplicas ?? 0,
        ageOf(metadata.creationTimestamp, nowMs),
        ...containerCells(spec?.template?.spec?.containers),
        selectorCell(spec?.selector),
      ],
    };
  },
);
