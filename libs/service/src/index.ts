export * from './clock.ts';
export * from './config/apiserver.ts';
export * from './config/common.ts';
export * from './config/controller-manager.ts';
export { ConfigError, type Decoder } from './config/decode.ts';
export { configFileFrom, loadConfig } from './config/load.ts';
export * from './config/node-agent.ts';
export * from './config/scheduler.ts';
export { freePort } from './free-port.ts';
export * from './health/checks.ts';
export { type HealthServerOptions, startHealthServer } from './health/server.ts';
export { JsonLogger, type JsonLoggerOptions, silentLogger } from './log/json-logger.ts';
export * from './log/types.ts';
export * from './metrics/metrics.ts';
export * from './run/process-settings.ts';
export {
  aborted,
  runService,
  type ServiceDefinition,
  STOP_TIMEOUT_MS,
  stderrLogger,
} from './run/run-service.ts';
export * from './run/types.ts';
export { SeededRandom } from './seeded-random.ts';
export { systemClock } from './system-clock.ts';
export { systemRandom } from './system-random.ts';
export { VirtualClock } from './virtual-clock.ts';
