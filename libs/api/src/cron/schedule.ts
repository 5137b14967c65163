/**
 * The schedules of CronJobs: five fields of cron, the usual macros, and `@every DURATION` (what github.com/robfig/cron
 * reads as a standard expression). Where both the day of the month and the day of the week are restricted, either is
 * enough.
 */
import { Cron } from 'croner';

export interface CronSchedule {
  /** The first time of the schedule after a moment, both in ms since 1970; undefined if there is none any more. */
  nextMs(afterMs: number): number | undefined;
}

const MACROS: Readonly<Record<string, string | undefined>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

interface FieldRange {
  readonly name: string;
  readonly low: number;
  readonly high: number;
  readonly words: readonly string[];
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const FIELDS: readonly FieldRange[] = [
  { name: 'minute', low: 0, high: 59, words: [] },
  { name: 'hour', low: 0, high: 23, words: [] },
  { name: 'day of the month', low: 1, high: 31, words: [] },
  { name: 'month', low: 1, high: 12, words: MONTHS },
  { name: 'day of the week', low: 0, high: 6, words: DAYS },
];

const UNIT_MS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };
const SECOND_MS = 1_000;

/**
 * @param timeZone name in the tz database; UTC if absent.
 * @returns the schedule, or a sentence that says what is wrong with the text.
 */
export function parseCronSchedule(text: string, timeZone = 'Etc/UTC'): CronSchedule | string {
  const trimmed = text.trim();
  if (trimmed.startsWith('@every ')) return every(trimmed.slice('@every '.length));
  const pattern = trimmed.startsWith('@') ? MACROS[trimmed] : trimmed;
  if (pattern === undefined) return `unrecognized descriptor: ${trimmed}`;
  const fields = pattern.split(/\s+/);
  if (fields.length !== FIELDS.length) {
    return `expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`;
  }
  for (const [at, range] of FIELDS.entries()) {
    const problem = fieldProblem(fields[at] ?? '', range);
    if (problem !== undefined) return problem;
  }
  const zone = timeZoneProblem(timeZone);
  if (zone !== undefined) return zone;
  const cron = new Cron(fields.map(plainField).join(' '), {
    timezone: timeZone,
    mode: '5-part',
    paused: true,
  });
  return { nextMs: (afterMs) => cron.nextRun(new Date(afterMs))?.getTime() };
}

/** What is wrong with the name of a time zone; undefined: nothing. */
export function timeZoneProblem(timeZone: string): string | undefined {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
  } catch {
    return `unknown time zone ${timeZone}`;
  }
  // What is no name but an offset is no time zone to Kubernetes.
  return /^[+-]/.test(timeZone) ? `unknown time zone ${timeZone}` : undefined;
}

function fieldProblem(field: string, range: FieldRange): string | undefined {
  for (const part of field.split(',')) {
    const [span = '', step, ...more] = part.split('/');
    if (more.length > 0) return `too many slashes: ${part}`;
    if (step !== undefined && !/^[0-9]+$/.test(step)) return `failed to parse int from ${step}: no number`;
    if (step !== undefined && Number(step) === 0) return `step of range should be a positive number: ${part}`;
    if (span === '*' || span === '?') continue;
    const [first = '', last, ...rest] = span.split('-');
    if (rest.length > 0) return `too many hyphens: ${part}`;
    const low = numberOf(first, range);
    const high = last === undefined ? low : numberOf(last, range);
    if (low === undefined || high === undefined) {
      return `failed to parse int from ${low === undefined ? first : last}: no number or name`;
    }
    if (low < range.low) return `beginning of range (${low}) below minimum (${range.low}): ${part}`;
    if (high > range.high) return `end of range (${high}) above maximum (${range.high}): ${part}`;
    if (low > high) return `beginning of range (${low}) beyond end of range (${high}): ${part}`;
  }
  return undefined;
}

function numberOf(text: string, { low, words }: FieldRange): number | undefined {
  if (/^[0-9]+$/.test(text)) return Number(text);
  const at = words.indexOf(text.toUpperCase());
  return at < 0 ? undefined : low + at;
}

/** `?` says the same as `*`; `5/15` the same as `5` to the end in steps of 15. */
function plainField(field: string, at: number): string {
  const high = FIELDS[at]?.high ?? 0;
  return field
    .split(',')
    .map((part) => part.replace('?', '*').replace(/^([0-9A-Za-z]+)\/(.*)$/, `$1-${high}/$2`))
    .join(',');
}

function every(duration: string): CronSchedule | string {
  let totalMs = 0;
  const rest = duration
    .trim()
    .replace(/([0-9]+(?:\.[0-9]+)?)(ms|h|m|s)/g, (_, count: string, unit: string) => {
      totalMs += Number(count) * (UNIT_MS[unit] ?? 0);
      return '';
    });
  if (rest !== '' || totalMs === 0) return `failed to parse duration @every ${duration}`;
  const stepMs = Math.max(SECOND_MS, totalMs - (totalMs % SECOND_MS));
  return { nextMs: (afterMs) => afterMs - (afterMs % SECOND_MS) + stepMs };
}
