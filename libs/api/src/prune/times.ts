/** RFC 3339 texts in the form that Kubernetes gives back: UTC, whole seconds (Time) or microseconds (MicroTime). */

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const MICRO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;
const RFC3339 = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:[.,](\d+))?(Z|[+-]\d\d:\d\d)$/;

/** Undefined if it is no RFC 3339 time. A fraction of a second is cut off. */
export function canonicalTime(text: string): string | undefined {
  const whole = toUtcSeconds(text);
  return whole === undefined ? undefined : TIME.test(text) ? text : `${whole.seconds}Z`;
}

/** Undefined if it is no RFC 3339 time. What is finer than a microsecond is cut off. */
export function canonicalMicroTime(text: string): string | undefined {
  const parts = toUtcSeconds(text);
  if (parts === undefined) return undefined;
  return MICRO_TIME.test(text) ? text : `${parts.seconds}.${parts.fraction.slice(0, 6).padEnd(6, '0')}Z`;
}

function toUtcSeconds(text: string): { readonly seconds: string; readonly fraction: string } | undefined {
  const match = RFC3339.exec(text);
  if (match === null) return undefined;
  const [, date = '', time = '', fraction = '', zone = ''] = match;
  const ms = Date.parse(`${date}T${time}${zone}`);
  if (Number.isNaN(ms)) return undefined;
  const seconds = new Date(ms).toISOString().slice(0, 19);
  // Date.parse takes the 30th of February for the 2nd of March.
  if (zone === 'Z' && seconds !== `${date}T${time}`) return undefined;
  return { seconds, fraction };
}
