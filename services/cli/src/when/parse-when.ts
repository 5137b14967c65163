/** WHEN, as several commands take it: a revision, a time, or how long ago. */
import { CliError } from '../errors.ts';

export type When =
  | { readonly kind: 'now' }
  | { readonly kind: 'revision'; readonly revision: number }
  | { readonly kind: 'time'; readonly atMs: number };

const UNITS_MS: readonly { readonly names: readonly string[]; readonly ms: number }[] = [
  { names: ['ms', 'millisecond', 'milliseconds'], ms: 1 },
  { names: ['s', 'sec', 'secs', 'second', 'seconds'], ms: 1_000 },
  { names: ['m', 'min', 'mins', 'minute', 'minutes'], ms: 60_000 },
  { names: ['h', 'hr', 'hrs', 'hour', 'hours'], ms: 3_600_000 },
  { names: ['d', 'day', 'days'], ms: 86_400_000 },
  { names: ['w', 'week', 'weeks'], ms: 7 * 86_400_000 },
];

/** A date and a time; the zone may be left out and then is this machine's. The day alone is its beginning. */
const TIME = /^\d{4}-\d{2}-\d{2}(?:[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:[Zz]|[+-]\d{2}:?\d{2})?)?$/;

/** @param nowMs what "ago" is counted from, in milliseconds since the epoch. */
export function parseWhen(text: string, nowMs: number): When {
  const trimmed = text.trim();
  if (trimmed === 'now' || trimmed === 'head') return { kind: 'now' };
  if (/^\d{1,15}$/.test(trimmed)) return { kind: 'revision', revision: Number(trimmed) };
  const agoMs = durationMs(trimmed.replace(/\s+ago$/, ''));
  if (agoMs !== undefined) return { kind: 'time', atMs: nowMs - agoMs };
  if (TIME.test(trimmed)) {
    const day = /^\d{4}-\d{2}-\d{2}$/.test(trimmed);
    const atMs = Date.parse(day ? `${trimmed}T00:00:00` : trimmed.replace(' ', 'T').toUpperCase());
    if (!Number.isNaN(atMs)) return { kind: 'time', atMs };
  }
  throw new CliError(
    `${JSON.stringify(text)} is no moment`,
    'give a revision (4711), a time (2026-01-31T14:00:00Z) or how long ago ("10 minutes ago", 10m)',
  );
}

/** "10 minutes", "1h30m", "an hour"; undefined if it is no such thing. */
function durationMs(text: string): number | undefined {
  const plain = text.replace(/^an?\s+/, '1 ');
  if (!/^(?:\d+(?:\.\d+)?\s*[a-z]+[\s,]*)+$/.test(plain)) return undefined;
  let sumMs = 0;
  for (const [, count = '', unit = ''] of plain.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]+)/g)) {
    const known = UNITS_MS.find(({ names }) => names.includes(unit));
    if (!known) return undefined;
    sumMs += Number(count) * known.ms;
  }
  return sumMs;
}
