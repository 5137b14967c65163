/** Which objects of one resource a list or a watch is about, compiled once. */
import type { Selectable } from './entry.ts';

export interface LabelEquality {
  readonly key: string;
  /** The label must be there with one of these values. */
  readonly values: readonly string[];
}

export interface Selection {
  /** '' for all namespaces. */
  readonly namespace: string;
  /** Where the selection names one object. */
  readonly name: string | undefined;
  /** Of that object (`pathOf`); a name without its namespace has no path. */
  readonly path: string | undefined;
  /** True if it selects all of its namespace. */
  readonly everything: boolean;
  /** Labels and fields (the name among them) only: the namespace is not looked at. */
  readonly matches: (selectable: Selectable) => boolean;
  /** Conditions that the label index can answer; all of them are also part of `matches`. */
  readonly equalities: readonly LabelEquality[];
  /** Where the dispatcher files a watch of this selection; see `dispatcher.ts`. */
  readonly term: string;
}
