import type { Revision } from '@reckon/api';
import { systemClock } from '@reckon/service';
import {
  differences,
  digestOfFold,
  digestOfRecorded,
  type FoldResult,
  foldLog,
  type Ledger,
  type StateDigest,
} from '@reckon/store';
import { withLedger } from '../cluster/ledger.ts';
import { assertRoomFor, type NewCluster, replayInto } from '../cluster/replay-into.ts';
import { surroundingsOf } from '../cluster/surroundings.ts';
import { CliError } from '../errors.ts';
import { Gauge, number } from '../output/gauge.ts';
import { duration } from '../output/progress.ts';
import { requireSettings } from '../state/cluster.ts';
import { layoutOf } from '../state/layout.ts';
import { parseWhen } from '../when/parse-when.ts';

export interface ReplayOptions {
  /** A revision, a time or how long ago; default: the head. */
  readonly to?: string | undefined;
  /** Absolute: a state directory for a cluster as of then. */
  readonly into?: string | undefined;
}

/** What `-o json` prints. */
export interface Replay {
  readonly logId: string;
  readonly rev: Revision;
  readonly objects: number;
  /** Of every object, to the byte: two replays of one revision have the same. */
  readonly digest: string;
  readonly elapsedMs: number;
  readonly into?: NewCluster | undefined;
}

/** Folds the log up to a revision and proves the result equal to the state as it was recorded. */
export async function replay(stateDir: string, options: ReplayOptions): Promise<Replay> {
  const layout = layoutOf(stateDir);
  const around = surroundingsOf(layout, requireSettings(layout));
  if (options.into !== undefined) assertRoomFor(options.into);
  return withLedger(around, async (ledger) => {
    const { logId } = await ledger.head();
    const rev = await revisionOf(ledger, options.to ?? 'now');
    const gauge = new Gauge('folded');
    const folded = await foldLog(ledger, rev, (progress) => gauge.show(progress));
    gauge.end();
    assertUnbroken(folded);
    const digest = await proven(ledger, folded);
    const { objects, digest: text } = digest;
    const into =
      options.into === undefined
        ? undefined
        : await replayInto({ around, root: options.into, rev, objects: folded.objects, expected: digest });
    return { logId, rev, objects, digest: text, elapsedMs: Math.round(gauge.elapsedMs), into };
  });
}

/** Asked of the log itself: no API server is needed to read it. */
async function revisionOf(ledger: Ledger, text: string): Promise<Revision> {
  const when = parseWhen(text, systemClock.nowMs());
  const head = await ledger.head();
  const oldest = await ledger.oldest();
  const choice = `choose a revision from ${oldest} to ${head.rev}, or a time in between`;
  if (when.kind === 'now') return head.rev;
  if (when.kind === 'revision') {
    if (when.revision > head.rev)
      throw new CliError(`revision ${when.revision} is in the future: the log is at ${head.rev}`, choice);
    if (when.revision < oldest) throw new CliError(`revision ${when.revision} is no longer kept`, choice);
    return when.revision;
  }
  if (when.atMs > systemClock.nowMs()) throw new CliError(`${text} is in the future`, choice);
  const rev = await ledger.revisionAt(when.atMs);
  // Nothing is known of a time before the first event that is kept.
  if (rev === oldest) {
    const began = await ledger.timeOf(rev + 1);
    if (began !== undefined && when.atMs < began)
      throw new CliError(`${text} is before the log begins, at ${new Date(began).toISOString()}`, choice);
  }
  return rev;
}

function assertUnbroken({ breaks }: FoldResult): void {
  const [first] = breaks;
  if (first)
    throw new CliError(
      `the log does not fold: ${first.message} (${first.invariant})`,
      'see all that is wrong with: ./reckon verify',
    );
}

async function proven(ledger: Ledger, folded: FoldResult): Promise<StateDigest> {
  const result = await digestOfFold(ledger, folded.objects);
  const recorded = await digestOfRecorded(ledger, folded.rev);
  if (result.digest === recorded.digest) return result;
  const paths = differences(result, recorded);
  throw new CliError(
    `the log folds to another state at revision ${folded.rev} than was recorded: ${paths.slice(0, 5).join(', ')} differ`,
    'see all that is wrong with: ./reckon verify',
  );
}

export function replayText({ rev, objects, digest, elapsedMs, into }: Replay): string {
  const lines = [
    `replayed to revision ${number(rev)} in ${duration(elapsedMs)}: ${number(objects)} objects, equal to the recorded state`,
    `  digest   ${digest}`,
  ];
  if (into)
    lines.push(
      `  made     a cluster as of then in ${into.stateDir} (log ${into.logId})`,
      `  start    ./reckon up --state ${into.stateDir}`,
    );
  return lines.join('\n');
}
