/** Kinds with little to show. */
import type { Lease } from '@reckon/proto/reckon/api/coordination/v1/lease.ts';
import type { ComponentStatus } from '@reckon/proto/reckon/api/core/v1/component_status.ts';
import type { ConfigMap } from '@reckon/proto/reckon/api/core/v1/config_map.ts';
import type { Namespace } from '@reckon/proto/reckon/api/core/v1/namespace.ts';
import type { Secret } from '@reckon/proto/reckon/api/core/v1/secret.ts';
import type { ServiceAccount } from '@reckon/proto/reckon/api/core/v1/service_account.ts';
import { ageOf } from '../names/duration.ts';
import { AGE, NAME, printer, text } from './columns.ts';
import type { TableColumn, TablePrinter } from './types.ts';

export const namespacePrinter = printer<Namespace>(
  [NAME, text('Status', 'Active, or Terminating while it is emptied.'), AGE],
  ({ metadata, status }, nowMs) => ({
    cells: [metadata.name ?? '', status?.phase ?? '', ageOf(metadata.creationTimestamp, nowMs)],
  }),
);

export const configMapPrinter = printer<ConfigMap>(
  [NAME, text('Data', 'Number of its keys.'), AGE],
  ({ metadata, data, binaryData }, nowMs) => ({
    cells: [
      metadata.name ?? '',
      Object.keys(data ?? {}).length + Object.keys(binaryData ?? {}).length,
      ageOf(metadata.creationTimestamp, nowMs),
    ],
  }),
);

export const secretPrinter = printer<Secret>(
  [NAME, text('Type', 'What it is for.'), text('Data', 'Number of its keys.'), AGE],
  ({ metadata, type, data }, nowMs) => ({
    cells: [
      metadata.name ?? '',
      type ?? '',
      Object.keys(data ?? {}).length,
      ageOf(metadata.creationTimestamp, nowMs),
    ],
  }),
);

export const serviceAccountPrinter = printer<ServiceAccount>(
  [NAME, text('Secrets', 'Number of secrets that its pods may use.'), AGE],
  ({ metadata, secrets }, nowMs) => ({
    cells: [metadata.name ?? '', secrets?.length ?? 0, ageOf(metadata.creationTimestamp, nowMs)],
  }),
);

export const leasePrinter = printer<Lease>(
  [NAME, text('Holder', 'Who holds it.'), AGE],
  ({ metadata, spec }, nowMs) => ({
    cells: [metadata.name ?? '', spec?.holderIdentity ?? '', ageOf(metadata.creationTimestamp, nowMs)],
  }),
);

export const componentStatusPrinter = printer<ComponentStatus>(
  [
    NAME,
    text('Status', 'Healthy or Unhealthy.'),
    text('Message', 'What there is to say.'),
    text('Error', 'What is wrong.'),
  ],
  ({ metadata, conditions = [] }) => {
    const healthy = conditions.find(({ type }) => type === 'Healthy');
    const word = { True: 'Healthy', False: 'Unhealthy' }[healthy?.status ?? ''] ?? 'Unknown';
    return { cells: [metadata.name ?? '', word, healthy?.message ?? '', healthy?.error ?? ''] };
  },
);

const CREATED_AT: TableColumn = {
  name: 'Created At',
  type: 'date',
  format: '',
  description: 'When the object was created.',
  priority: 0,
};

/** For kinds without columns of their own. */
export const defaultPrinter: TablePrinter = {
  columns: [NAME, CREATED_AT],
  row: ({ metadata }) => ({ cells: [metadata.name ?? '', metadata.creationTimestamp ?? null] }),
};
