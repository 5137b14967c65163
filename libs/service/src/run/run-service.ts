import { writeSync } from 'node:fs';
import type { CommonConfig } from '../config/common.ts';
import { ConfigError, type Decoder } from '../config/decode.ts';
import { configFileFrom, loadConfig } from '../config/load.ts';
import { HealthChecks } from '../health/checks.ts';
import { startHealthServer } from '../health/server.ts';
import { JsonLogger } from '../log/json-logger.ts';
import type { Logger, LogLevel } from '../log/types.ts';
import { Metrics } from '../metrics/metrics.ts';
import { systemClock } from '../system-clock.ts';
import { systemRandom } from '../system-random.ts';
import { EXIT, type ServiceMain } from './types.ts';

export interface ServiceDefinition<Config extends CommonConfig> {
  readonly config: Decoder<Config>;
  readonly main: ServiceMain<Config>;
  /** How long winding down may take after the signal; as long as is usual unless this says otherwise. */
  readonly stopTimeoutMs?: (config: Config) => number;
}

export const STOP_TIMEOUT_MS = 30_000;

/**
 * The whole life of a service process: reads `--config`, opens the health socket, runs `main`, and ends the process.
 *
 * starting → running → stopping (SIGTERM, SIGINT: the context's signal is aborted) → exit 0. A second signal, or
 * more than `stopTimeoutMs` of stopping, exits with `EXIT.stuck`. An error that nobody caught exits with
 * `EXIT.failed` at once: the state of the process is no longer known.
 */
export async function runService<Config extends CommonConfig>(
  name: string,
  definition: ServiceDefinition<Config>,
): Promise<never> {
  const bootLog = stderrLogger('info').with({ service: name });
  let config: Config;
  try {
    config = loadConfig(configFileFrom(process.argv.slice(2)), definition.config);
  } catch (error) {
    if (!(error instanceof ConfigError)) return fatal(bootLog, 'cannot start', error);
    bootLog.error('the configuration is wrong', { problem: error.message });
    return process.exit(EXIT.config);
  }
  const log = stderrLogger(config.logLevel).with({ service: config.name });
  process.on('uncaughtException', (error) => fatal(log, 'uncaught error', error));
  process.on('unhandledRejection', (reason) => fatal(log, 'unhandled rejection', reason));

  const stopping = stopOnSignal(log, definition.stopTimeoutMs?.(config) ?? STOP_TIMEOUT_MS);
  const metrics = new Metrics();
  metrics.observeProcess();
  const health = new HealthChecks(systemClock);
  try {
    const closeHealth = await startHealthServer({ socketPath: config.healthSocket, checks: health, metrics });
    log.info('starting', { pid: process.pid, node: process.version });
    await definition.main({
      name: config.name,
      config,
      clock: systemClock,
      random: systemRandom,
      log,
      metrics,
      health,
      signal: stopping,
    });
    if (!stopping.aborted) return fatal(log, 'ended without being told to', undefined);
    await closeHealth();
  } catch (error) {
    // What an abort throws on its way out is the expected end, not a failure.
    if (!(stopping.aborted && error === stopping.reason)) return fatal(log, 'failed', error);
  }
  log.info('stopped');
  return process.exit(EXIT.ok);
}

/** Resolves once the signal is aborted: the last line of many a main function. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

/** Whole lines with one write each, so that lines of several processes in one file never mix. */
export function stderrLogger(level: LogLevel): Logger {
  return new JsonLogger({ clock: systemClock, level, write: writeLine });
}

function writeLine(line: string): void {
  try {
    writeSync(2, line);
  } catch (error) {
    // A log that cannot be written (disk full, reader gone) must not take the service with it.
    if (!(error instanceof Error && 'code' in error)) throw error;
  }
}

function stopOnSignal(log: Logger, stopTimeoutMs: number): AbortSignal {
  const controller = new AbortController();
  const onSignal = (signalName: NodeJS.Signals) => {
    if (controller.signal.aborted) {
      log.error('told to stop again before being done', { signal: signalName });
      process.exit(EXIT.stuck);
    }
    log.info('stopping', { signal: signalName });
    systemClock.after(stopTimeoutMs, () => {
      log.error('did not stop in time', { stopTimeoutMs });
      process.exit(EXIT.stuck);
    });
    controller.abort(new Error(`stopped by ${signalName}`));
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return controller.signal;
}

function fatal(log: Logger, message: string, error: unknown): never {
  log.error(message, error === undefined ? {} : { error });
  return process.exit(EXIT.failed);
}
