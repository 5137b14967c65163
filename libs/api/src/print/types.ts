/** What `kubectl get` shows: the server makes the cells (Kubernetes API concepts, "Receiving resources as Tables"). */
import type { KubeObject } from '../meta/types.ts';

export interface TableColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'boolean' | 'date';
  /** `name` marks the column that holds the object's name. */
  readonly format: string;
  readonly description: string;
  /** 0 is always shown, 1 with `-o wide`. */
  readonly priority: number;
}

export type TableCell = string | number | boolean | null;

export interface TableRowCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

export interface TableRowCells {
  readonly cells: readonly TableCell[];
  /** `Completed` for what is finished, so that clients may leave it out. */
  readonly conditions?: readonly TableRowCondition[];
}

export interface TablePrinter {
  readonly columns: readonly TableColumn[];
  row(object: KubeObject, nowMs: number): TableRowCells;
}

/** A value of a generated type as it is in memory: shared, and so not to be changed. */
export type Frozen<T> = T extends readonly (infer E)[]
  ? readonly Frozen<E>[]
  : T extends object
    ? { readonly [K in keyof T]: Frozen<T[K]> }
    : T;
