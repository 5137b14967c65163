/** From the chattiest to the gravest. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Values that JSON can carry; an Error becomes its message, stack and causes. */
export type LogFields = { readonly [name: string]: unknown };

/** One JSON line per event: what happened as a constant sentence, the particulars as fields. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds these fields to every line. */
  with(fields: LogFields): Logger;
  /** Whether lines of this level are written: to spare the making of costly fields. */
  enabled(level: LogLevel): boolean;
}
