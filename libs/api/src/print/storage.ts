import type { PersistentVolume } from '@reckon/proto/reckon/api/core/v1/persistent_volume.ts';
import type { PersistentVolumeClaim } from '@reckon/proto/reckon/api/core/v1/persistent_volume_claim.ts';
import type { StorageClass } from '@reckon/proto/reckon/api/storage/v1/storage_class.ts';
import type { VolumeAttachment } from '@reckon/proto/reckon/api/storage/v1/volume_attachment.ts';
import { ageOf } from '../names/duration.ts';
import { AGE, flag, NAME, orUnset, printer, text, wide } from './columns.ts';

const SHORT_MODES = [
  ['ReadWriteOnce', 'RWO'],
  ['ReadOnlyMany', 'ROX'],
  ['ReadWriteMany', 'RWX'],
  ['ReadWriteOncePod', 'RWOP'],
] as const;
const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';
const DEFAULT_CLASS_ANNOTATIONS = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
];

const CAPACITY = text('Capacity', 'How much it holds.');
const ACCESS_MODES = text('Access Modes', 'How it can be used.');
const STORAGE_CLASS = text('StorageClass', 'The StorageClass it belongs to.');
const ATTRIBUTES_CLASS = text('VolumeAttributesClass', 'The VolumeAttributesClass it belongs to.');
const VOLUME_MODE = wide(text('VolumeMode', 'Filesystem or Block.'));

/** `RWO,ROX`, always in the same order. */
function shortModes(modes: readonly string[] | undefined): string {
  return SHORT_MODES.filter(([mode]) => modes?.includes(mode) === true)
    .map(([, short]) => short)
    .join(',');
}

interface Meta {
  readonly deletionTimestamp?: string | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

function phaseOf({ deletionTimestamp }: Meta, phase: string | undefined): string {
  return deletionTimestamp === undefined ? (phase ?? '') : 'Terminating';
}

function classOf({ annotations }: Meta, name: string | undefined): string {
  return annotations?.[CLASS_ANNOTATION] ?? name ?? '';
}

export const persistentVolumePrinter = printer<PersistentVolume>(
  [
    NAME,
    CAPACITY,
    ACCESS_MODES,
    text('Reclaim Policy', 'What becomes of it once its claim is gone.'),
    text('Status', 'Whether it is available, bound, released or failed.'),
    text('Claim', 'The claim that it is bound to.'),
    STORAGE_CLASS,
    ATTRIBUTES_CLASS,
    text('Reason', 'Why it is in that state.'),
    AGE,
    VOLUME_MODE,
  ],
  ({ metadata, spec, status }, nowMs) => ({
    cells: [
      metadata.name ?? '',
      spec?.capacity?.storage ?? '0',
      shortModes(spec?.accessModes),
      spec?.persistentVolumeReclaimPolicy ?? '',
      phaseOf(metadata, status?.phase),
      spec?.claimRef === undefined ? '' : `${spec.claimRef.namespace ?? ''}/${spec.claimRef.name ?? ''}`,
      classOf(metadata, spec?.storageClassName),
      orUnset(spec?.volumeAttributesClassName),
      status?.reason ?? '',
      ageOf(metadata.creationTimestamp, nowMs),
      orUnset(spec?.volumeMode),
    ],
  }),
);

export const persistentVolumeClaimPrinter = printer<PersistentVolumeClaim>(
  [
    NAME,
    text('Status', 'Whether it is pending, bound or lost.'),
    text('Volume', 'The volume that is bound to it.'),
    CAPACITY,
    ACCESS_MODES,
    STORAGE_CLASS,
    ATTRIBUTES_CLASS,
    AGE,
    VOLUME_MODE,
  ],
  ({ metadata, spec, status }, nowMs) => {
    const volume = spec?.volumeName ?? '';
    return {
      cells: [
        metadata.name ?? '',
        phaseOf(metadata, status?.phase),
        volume,
        volume === '' ? '' : (status?.capacity?.storage ?? '0'),
        volume === '' ? '' : shortModes(status?.accessModes),
        classOf(metadata, spec?.storageClassName),
        orUnset(spec?.volumeAttributesClassName),
        ageOf(metadata.creationTimestamp, nowMs),
        orUnset(spec?.volumeMode),
      ],
    };
  },
);

export const storageClassPrinter = printer<StorageClass>(
  [
    NAME,
    text('Provisioner', 'Who makes the volumes.'),
    text('ReclaimPolicy', 'What becomes of a volume once its claim is gone.'),
    text('VolumeBindingMode', 'When a claim gets its volume.'),
    text('AllowVolumeExpansion', 'Whether volumes can be made greater.'),
    AGE,
  ],
  ({ metadata, provisioner, reclaimPolicy, volumeBindingMode, allowVolumeExpansion }, nowMs) => {
    const isDefault = DEFAULT_CLASS_ANNOTATIONS.some((key) => metadata.annotations?.[key] === 'true');
    return {
      cells: [
        `${metadata.name ?? ''}${isDefault ? ' (default)' : ''}`,
        provisioner ?? '',
        reclaimPolicy ?? 'Delete',
        orUnset(volumeBindingMode),
        allowVolumeExpansion ?? false,
        ageOf(metadata.creationTimestamp, nowMs),
      ],
    };
  },
);

export const volumeAttachmentPrinter = printer<VolumeAttachment>(
  [
    NAME,
    { ...text('Attacher', 'The driver that attaches it.'), format: 'name' },
    text('PV', 'The volume.'),
    text('Node', 'The node.'),
    flag('Attached', 'Whether it is attached.'),
    AGE,
  ],
  ({ metadata, spec, status }, nowMs) => ({
    cells: [
      metadata.name ?? '',
      spec?.attacher ?? '',
      spec?.source?.persistentVolumeName ?? '',
      spec?.nodeName ?? '',
      status?.attached ?? false,
      ageOf(metadata.creationTimestamp, nowMs),
    ],
  }),
);
