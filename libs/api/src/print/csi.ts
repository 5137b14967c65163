import type { CSIDriver } from '@reckon/proto/reckon/api/storage/v1/csi_driver.ts';
import type { CSINode } from '@reckon/proto/reckon/api/storage/v1/csi_node.ts';
import type { CSIStorageCapacity } from '@reckon/proto/reckon/api/storage/v1/csi_storage_capacity.ts';
import { ageOf } from '../names/duration.ts';
import { AGE, flag, integer, NAME, orUnset, printer, text } from './columns.ts';

export const csiDriverPrinter = printer<CSIDriver>(
  [
    NAME,
    flag('AttachRequired', 'Whether volumes have to be attached before they are mounted.'),
    flag('PodInfoOnMount', 'Whether the driver is told about the pod.'),
    flag('StorageCapacity', 'Whether the scheduler looks at its capacity.'),
    text('TokenRequests', 'Whom tokens for the driver are for.'),
    flag('RequiresRepublish', 'Whether it is asked again and again to mount.'),
    text('Modes', 'How long its volumes live.'),
    AGE,
  ],
  ({ metadata, spec }, nowMs) => ({
    cells: [
      metadata.name ?? '',
      spec?.attachRequired ?? true,
      spec?.podInfoOnMount ?? false,
      spec?.storageCapacity ?? false,
      orUnset(spec?.tokenRequests?.map(({ audience = '' }) => audience).join(',')),
      spec?.requiresRepublish ?? false,
      spec?.volumeLifecycleModes?.join(',') || '<none>',
      ageOf(metadata.creationTimestamp, nowMs),
    ],
  }),
);

export const csiNodePrinter = printer<CSINode>(
  [NAME, integer('Drivers', 'Number of its drivers.'), AGE],
  ({ metadata, spec }, nowMs) => ({
    cells: [metadata.name ?? '', spec?.drivers?.length ?? 0, ageOf(metadata.creationTimestamp, nowMs)],
  }),
);

export const csiStorageCapacityPrinter = printer<CSIStorageCapacity>(
  [
    NAME,
    text('StorageClassName', 'The StorageClass.'),
    text('Capacity', 'How much room there is for new volumes.'),
  ],
  ({ metadata, storageClassName, capacity }) => ({
    cells: [metadata.name ?? '', storageClassName ?? '', orUnset(capacity)],
  }),
);
