/** How long history is kept, as it is asked for on the command line. What is not asked for stays as it was. */
import type { RetentionConfig } from '@reckon/service';
import { CliError } from '../errors.ts';

export interface RetentionOptions {
  readonly retention?: string | undefined;
  readonly retentionSize?: string | undefined;
}

const UNIT_SECONDS: Readonly<Record<string, number>> = {
  s: 1,
  m: 60,
  h: 3_600,
  d: 86_400,
  w: 604_800,
  y: 31_536_000,
};
const UNIT_BYTES: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KIB: 1024,
  MIB: 1024 ** 2,
  GIB: 1024 ** 3,
  TIB: 1024 ** 4,
};

/** Undefined: everything is kept. */
export function retentionFrom(
  present: RetentionConfig | undefined,
  { retention, retentionSize }: RetentionOptions,
): RetentionConfig | undefined {
  const ages = retention === undefined ? present : agesOf(retention);
  const maxBytes = retentionSize === undefined ? present?.maxBytes : bytesOf(retentionSize);
  const { maxAgeSeconds, kinds = [] } = ages ?? {};
  if (maxAgeSeconds === undefined && maxBytes === undefined && kinds.length === 0) return undefined;
  return { maxAgeSeconds, maxBytes, kinds };
}

function agesOf(text: string): RetentionConfig {
  let maxAgeSeconds: number | undefined;
  const kinds: { readonly resource: string; readonly maxAgeSeconds: number }[] = [];
  for (const part of text.split(',').map((each) => each.trim())) {
    const [first = '', age] = part.split('=');
    if (age === undefined) maxAgeSeconds = first === 'forever' ? undefined : secondsOf(first);
    else kinds.push({ resource: first, maxAgeSeconds: secondsOf(age) });
  }
  return { maxAgeSeconds, kinds };
}

function secondsOf(text: string): number {
  const [, count, unit = ''] = /^(\d+(?:\.\d+)?)([smhdwy])$/.exec(text) ?? [];
  const seconds = Number(count) * (UNIT_SECONDS[unit] ?? Number.NaN);
  if (!(seconds > 0))
    throw new CliError(
      `${JSON.stringify(text)} is no age that history can be kept for`,
      'say it like 30d, or 30d,events=1h, or forever',
    );
  return seconds;
}

function bytesOf(text: string): number | undefined {
  if (text === 'unlimited') return undefined;
  const [, count, unit = 'B'] = /^(\d+(?:\.\d+)?)\s*([KMGT]i?B|B)?$/i.exec(text) ?? [];
  const bytes = Math.floor(Number(count) * (UNIT_BYTES[unit.toUpperCase()] ?? Number.NaN));
  if (!(bytes > 0))
    throw new CliError(`${JSON.stringify(text)} is no size`, 'say it like 10GB, or 500MiB, or unlimited');
  return bytes;
}
