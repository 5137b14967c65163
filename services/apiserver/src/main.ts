/** The API server's process: `node services/apiserver/src/main.ts --config FILE.json`. */
import { apiServerConfig, runService } from '@reckon/service';
import { runApiServer } from './api-server.ts';

await runService('apiserver', { config: apiServerConfig, main: runApiServer });
