import type { LabelSelector } from '@reckon/proto/reckon/api/meta/v1/meta.ts';
import { ApiError } from '../errors/api-error.ts';
import type { KubeObject } from '../meta/types.ts';
import { formatLabelSelector } from '../selector/label-object.ts';
import type { Frozen, TableColumn, TablePrinter, TableRowCells } from './types.ts';

export function text(name: string, description: string): TableColumn {
  return { name, type: 'string', format: '', description, priority: 0 };
}

export function integer(name: string, description: string): TableColumn {
  return { name, type: 'integer', format: '', description, priority: 0 };
}

export function flag(name: string, description: string): TableColumn {
  return { name, type: 'boolean', format: '', description, priority: 0 };
}

/** The same column, shown with `-o wide` only. */
export function wide(column: TableColumn): TableColumn {
  return { ...column, priority: 1 };
}

export const NAME: TableColumn = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'Name of the object, unique among those of its kind in its namespace.',
  priority: 0,
};

export const AGE = text('Age', 'Time since the object was created.');
export const CONTAINERS = wide(text('Containers', 'Names of the containers in the template.'));
export const IMAGES = wide(text('Images', 'Images of the containers in the template.'));
export const SELECTOR = wide(text('Selector', 'Labels of the pods that the object is about.'));

/**
 * A printer for objects of one generated type. Objects have been decoded by the schema before they are printed, which
 * is what makes them of that type.
 */
export function printer<T>(
  columns: readonly TableColumn[],
  row: (object: Frozen<T> & KubeObject, nowMs: number) => TableRowCells,
): TablePrinter {
  return { columns, row: (object, nowMs) => row(object as Frozen<T> & KubeObject, nowMs) };
}

export function orNone(value: string | undefined): string {
  return value === undefined || value === '' ? '<none>' : value;
}

export function orUnset(value: string | undefined): string {
  return value === undefined || value === '' ? '<unset>' : value;
}

/** `a=b,c=d`, sorted; `<none>` if there are none. */
export function formatLabels(labels: Readonly<Record<string, string>> | undefined): string {
  const pairs = Object.entries(labels ?? {}).map(([key, value]) => `${key}=${value}`);
  return orNone(pairs.sort().join(','));
}

interface ContainerLike {
  readonly name?: string | undefined;
  readonly image?: string | undefined;
}

/** The cells of the columns CONTAINERS and IMAGES. */
export function containerCells(containers: readonly ContainerLike[] | undefined): readonly [string, string] {
  const list = containers ?? [];
  return [list.map(({ name }) => name ?? '').join(','), list.map(({ image }) => image ?? '').join(',')];
}

const MAX_LISTED = 3;

/** The first three of a list, and how many more there are. */
export function firstFew(all: readonly string[]): string {
  const shown = all.slice(0, MAX_LISTED).join(',');
  return all.length > MAX_LISTED ? `${shown} + ${all.length - MAX_LISTED} more...` : shown;
}

/** The cell of the column SELECTOR. */
export function selectorCell(selector: Frozen<LabelSelector> | undefined): string {
  try {
    return orNone(formatLabelSelector(selector));
  } catch (error) {
    // Validation refuses such a selector; one that got in by another way still has to be shown.
    if (error instanceof ApiError) return '<error>';
    throw error;
  }
}
