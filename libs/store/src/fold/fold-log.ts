import type { Revision } from '@reckon/api';
import type { Ledger } from '../postgres/ledger.ts';
import { compareState } from './compare-state.ts';
import { Fold } from './fold.ts';
import { OrderCheck } from './order.ts';
import type { Break, FoldedObject, LogEntry } from './types.ts';

/** So many breaks are told one by one; a log that is that broken needs no longer list. */
const MAX_BREAKS = 100;

export interface FoldProgress {
  /** Revisions that have been folded, and how many there are to fold. */
  readonly done: number;
  readonly total: number;
}

export interface FoldResult {
  readonly rev: Revision;
  /** The state at `floor` is where the fold began; 0: the whole log was folded. */
  readonly floor: Revision;
  readonly objects: ReadonlyMap<string, FoldedObject>;
  /** Of L1 and L3, the lowest revision first. */
  readonly breaks: readonly Break[];
}

/** Folds the log from the oldest revision that is kept up to `to`, and checks L1 and each step of L3 on the way. */
export async function foldLog(
  ledger: Ledger,
  to: Revision,
  onProgress: (progress: FoldProgress) => void = () => undefined,
): Promise<FoldResult> {
  const { floor } = await ledger.head();
  const fold = new Fold();
  if (floor > 0) fold.begin(floor, await ledger.kept(floor));
  const order = new OrderCheck(floor);
  const breaks: Break[] = [];
  const total = to - floor;
  for await (const page of ledger.entries(floor, to)) {
    const found = [...order.page(page), ...fold.page(page)];
    if (breaks.length < MAX_BREAKS) breaks.push(...found);
    onProgress({ done: page.through - floor, total });
  }
  return { rev: to, floor, objects: fold.objects, breaks: breaks.sort((a, b) => a.rev - b.rev) };
}

/** The rest of L3: the state as it is recorded now, while others write, is what the fold says. */
export async function checkState(ledger: Ledger, folded: FoldResult): Promise<readonly Break[]> {
  const breaks = await compareState({
    rev: folded.rev,
    folded: folded.objects,
    recorded: ledger.objects(),
    later: () => laterEntries(ledger, folded.rev),
  });
  return [...breaks].sort((a, b) => a.rev - b.rev);
}

async function* laterEntries(ledger: Ledger, after: Revision): AsyncGenerator<readonly LogEntry[]> {
  const { rev } = await ledger.head();
  for await (const { entries } of ledger.entries(after, rev)) yield entries;
}
