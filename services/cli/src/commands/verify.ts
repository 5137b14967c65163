import { ApiError, type Revision } from '@reckon/api';
import { auditStream } from '@reckon/eventlog';
import { type Break, checkState, foldLog, type Invariant, type Ledger } from '@reckon/store';
import { withLedger } from '../cluster/ledger.ts';
import { surroundingsOf } from '../cluster/surroundings.ts';
import { natsAccess } from '../components/nats.ts';
import type { Surroundings } from '../components/types.ts';
import { Gauge, number } from '../output/gauge.ts';
import { duration } from '../output/progress.ts';
import { requireSettings } from '../state/cluster.ts';
import { layoutOf } from '../state/layout.ts';

/** What `-o json` prints. */
export interface Verification {
  readonly logId: string;
  /** The head when it began. */
  readonly rev: Revision;
  /** The oldest revision that is kept. */
  readonly floor: Revision;
  readonly objects: number;
  readonly elapsedMs: number;
  readonly revisionsPerSecond: number;
  readonly checks: readonly Check[];
  /** The break with the lowest revision. */
  readonly firstBreak?: Break | undefined;
}

export interface Check {
  readonly invariant: Invariant;
  /** Undefined: it could not be checked. */
  readonly holds: boolean | undefined;
  readonly detail: string;
  readonly breaks: readonly Break[];
}

/** Checks L1, L3 and L6 of the cluster of a state directory while it runs. Changes nothing. */
export async function verify(stateDir: string): Promise<Verification> {
  const layout = layoutOf(stateDir);
  const around = surroundingsOf(layout, requireSettings(layout));
  return withLedger(around, async (ledger) => {
    const head = await ledger.head();
    const gauge = new Gauge('folded');
    const folded = await foldLog(ledger, head.rev, (progress) => gauge.show(progress));
    const state = await checkState(ledger, folded);
    gauge.end();
    const { elapsedMs } = gauge;
    const stream = await checkStream(around, ledger, head.logId);
    const of = (invariant: Invariant) => folded.breaks.filter((each) => each.invariant === invariant);
    const revisions = number(head.rev - folded.floor);
    const checks = [
      check(
        'L1',
        of('L1'),
        `${revisions} revisions, ${number(folded.floor + 1)} to ${number(head.rev)}, in order`,
      ),
      check(
        'L3',
        [...of('L3'), ...state],
        `${number(folded.objects.size)} objects are what the log folds to`,
      ),
      stream,
    ];
    const [firstBreak] = checks.flatMap(({ breaks }) => breaks).sort((a, b) => a.rev - b.rev);
    return {
      logId: head.logId,
      rev: head.rev,
      floor: folded.floor,
      objects: folded.objects.size,
      elapsedMs: Math.round(elapsedMs),
      revisionsPerSecond: Math.round(((head.rev - folded.floor) * 1000) / Math.max(1, elapsedMs)),
      checks,
      firstBreak,
    };
  });
}

function check(invariant: Invariant, breaks: readonly Break[], detail: string): Check {
  return { invariant, holds: breaks.length === 0, detail, breaks };
}

async function checkStream(around: Surroundings, ledger: Ledger, logId: string): Promise<Check> {
  const gauge = new Gauge('compared with NATS');
  try {
    const audit = await auditStream({
      nats: natsAccess(around, 'reader'),
      logId,
      records: (after, through, limits) => ledger.travelling(after, through, limits),
      headRev: async () => (await ledger.head()).rev,
      onProgress: (progress) => gauge.show(progress),
    });
    gauge.end();
    if (!audit || audit.firstRev > audit.lastRev)
      return check('L6', [], 'NATS holds nothing of this log at present');
    const count = audit.lastRev - audit.firstRev + 1;
    const rate = number(Math.round((count * 1000) / Math.max(1, gauge.elapsedMs)));
    return check(
      'L6',
      audit.breaks.map((each) => ({ invariant: 'L6', ...each })),
      `NATS holds ${number(audit.firstRev)} to ${number(audit.lastRev)} as the log does (${rate}/s)`,
    );
  } catch (error) {
    gauge.end();
    if (!(error instanceof ApiError && error.reason === 'ServiceUnavailable')) throw error;
    return {
      invariant: 'L6',
      holds: undefined,
      detail: `could not be checked: ${error.message}`,
      breaks: [],
    };
  }
}

/** 0: all hold. 2: one is broken. 1: one could not be checked. */
export function exitCodeOf({ checks }: Verification): number {
  if (checks.some(({ holds }) => holds === false)) return 2;
  return checks.every(({ holds }) => holds) ? 0 : 1;
}

const TITLES: Readonly<Record<Invariant, string>> = {
  L1: 'L1 order',
  L3: 'L3 fold',
  L6: 'L6 distribution',
};
const SHOWN_BREAKS = 5;

export function verificationText(verification: Verification): string {
  const { rev, logId, elapsedMs, revisionsPerSecond, checks, firstBreak } = verification;
  const lines = checks.flatMap(({ invariant, holds, detail, breaks }) => {
    const verdict = holds === undefined ? 'unknown' : holds ? 'holds' : 'BROKEN';
    const shown = breaks.slice(0, SHOWN_BREAKS).map(({ message }) => `  ${' '.repeat(26)}${message}`);
    const more =
      breaks.length > SHOWN_BREAKS ? [`  ${' '.repeat(26)}and ${breaks.length - SHOWN_BREAKS} more`] : [];
    const text = holds === false ? `${breaks.length === 1 ? 'once' : `${breaks.length} times`}:` : detail;
    return [`  ${TITLES[invariant].padEnd(17)} ${verdict.padEnd(8)} ${text}`, ...shown, ...more];
  });
  return [
    `log ${logId} up to revision ${number(rev)}: ${number(revisionsPerSecond)} revisions/s in ${duration(elapsedMs)}`,
    ...lines,
    ...(firstBreak ? ['', `first break: ${firstBreak.invariant} at revision ${firstBreak.rev}`] : []),
  ].join('\n');
}
