/** The API server's process: `node services/apiserver/src/main.ts --config FILE.json`. */
import { apiServerConfig, runService, STOP_TIMEOUT_MS } from '@reckon/service';
import { runApiServer } from './api-server.ts';

await runService('apiserver', {
  config: apiServerConfig,
  main: runApiServer,
  stopTimeoutMs: ({ shutdownDelaySeconds = 0 }) => STOP_TIMEOUT_MS + shutdownDelaySeconds * 1_000,
});
