import { inspect } from 'node:util';
import type { Clock } from '../clock.ts';
import { LOG_LEVELS, type LogFields, type Logger, type LogLevel } from './types.ts';

export interface JsonLoggerOptions {
  readonly clock: Clock;
  readonly level: LogLevel;
  /** Takes one line, with its line end. */
  readonly write: (line: string) => void;
  readonly fields?: LogFields;
}

/** `{"at":"2026-01-01T00:00:00.000Z","level":"info","message":"…",…fields}` */
export class JsonLogger implements Logger {
  readonly #options: JsonLoggerOptions;
  readonly #threshold: number;

  constructor(options: JsonLoggerOptions) {
    this.#options = options;
    this.#threshold = LOG_LEVELS.indexOf(options.level);
  }

  debug(message: string, fields?: LogFields): void {
    this.#log('debug', message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#log('info', message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#log('warn', message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.#log('error', message, fields);
  }

  with(fields: LogFields): Logger {
    return new JsonLogger({ ...this.#options, fields: { ...this.#options.fields, ...fields } });
  }

  enabled(level: LogLevel): boolean {
    return LOG_LEVELS.indexOf(level) >= this.#threshold;
  }

  #log(level: LogLevel, message: string, fields: LogFields | undefined): void {
    if (!this.enabled(level)) return;
    const { clock, write, fields: own } = this.#options;
    const head = { at: new Date(clock.nowMs()).toISOString(), level, message };
    write(`${encode(head, { ...own, ...fields })}\n`);
  }
}

/** A logger that writes nowhere, for tests that are not about logs. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  with: () => silentLogger,
  enabled: () => false,
};

function encode(head: LogFields, fields: LogFields): string {
  try {
    return JSON.stringify({ ...head, ...fields }, encodable);
  } catch {
    // A circle, or a getter that throws: shown as a debugger would.
    return JSON.stringify({ ...head, fields: inspect(fields, { depth: 3, getters: false }) });
  }
}

/** What JSON has no form for, made readable: a logger must never be what throws. */
function encodable(_key: string, value: unknown): unknown {
  if (value instanceof Error) return describe(value);
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Map) return Object.fromEntries(value);
  if (value instanceof Set) return [...value];
  return value;
}

function describe(error: Error): LogFields {
  return {
    // What an error carries beside its message (a code, a reason, a field) is what one searches for.
    ...Object.fromEntries(Object.entries(error).filter(([name]) => name !== 'name')),
    name: error.name,
    message: error.message,
    stack: error.stack?.split('\n').slice(1, 8).join('\n'),
    ...(error.cause === undefined ? {} : { cause: error.cause }),
    ...(error instanceof AggregateError ? { errors: error.errors } : {}),
  };
}
