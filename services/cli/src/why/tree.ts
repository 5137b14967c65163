/** Events and what caused them, as trees: from the requests that nothing caused down to what came of them. */
import type { LogRecord, Revision } from '@reckon/api';

export interface CauseNode {
  readonly record: LogRecord;
  /** In order of revision. */
  readonly effects: readonly CauseNode[];
  /** The cause is named but not among the records: it is no longer kept, or was not asked for. */
  readonly causeMissing: boolean;
}

/** @param records in any order, each once or more. */
export function causeTrees(records: Iterable<LogRecord>): readonly CauseNode[] {
  const byRev = new Map<Revision, LogRecord>();
  for (const record of records) byRev.set(record.rev, record);
  const sorted = [...byRev.values()].sort((a, b) => a.rev - b.rev);
  const effects = new Map<Revision, CauseNode[]>();
  const roots: CauseNode[] = [];
  for (const record of sorted) {
    const own: CauseNode[] = [];
    effects.set(record.rev, own);
    const { cause } = record.provenance;
    // A cause comes before its effect, so its own list is there already; anything else would be a circle.
    const siblings = cause === undefined ? undefined : effects.get(cause);
    const node = { record, effects: own, causeMissing: cause !== undefined && !siblings };
    (siblings ?? roots).push(node);
  }
  return roots;
}

export interface TreeLine {
  /** Branches that lead to the line. */
  readonly branch: string;
  readonly record: LogRecord;
  /** What stands above it in the tree. */
  readonly parent: LogRecord | undefined;
  readonly causeMissing: boolean;
}

/** The trees as lines with their branches drawn. A chain without forks goes on below itself. */
export function treeLines(roots: readonly CauseNode[]): readonly TreeLine[] {
  const lines: TreeLine[] = [];
  const walk = (node: CauseNode, parent: LogRecord | undefined, own: string, below: string) => {
    lines.push({ branch: own, record: node.record, parent, causeMissing: node.causeMissing });
    for (const [at, effect] of node.effects.entries()) {
      const last = at === node.effects.length - 1;
      walk(effect, node.record, `${below}${last ? '└─ ' : '├─ '}`, `${below}${last ? '   ' : '│  '}`);
    }
  };
  for (const root of roots) walk(root, undefined, '', '');
  return lines;
}
