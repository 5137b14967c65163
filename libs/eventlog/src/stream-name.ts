import type { Revision } from '@reckon/api';

/** `LOG_<log id>_<base>`: in this stream, sequence = revision − base. */
export function streamName(logId: string, base: Revision): string {
  return `LOG_${logId}_${base}`;
}

/** The base of a stream of this log; undefined for any other name. */
export function baseOf(name: string, logId: string): Revision | undefined {
  const prefix = `LOG_${logId}_`;
  if (!name.startsWith(prefix)) return undefined;
  const digits = name.slice(prefix.length);
  return /^[0-9]+$/.test(digits) ? Number(digits) : undefined;
}
