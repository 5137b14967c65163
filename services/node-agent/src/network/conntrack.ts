import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ApiError } from '@reckon/api';
import type { Flows } from './stale-flows.ts';

const run = promisify(execFile);

/** The kernel's memory of connections. */
export interface Conntrack {
  /** Forgets UDP flows; that there are none is no error. @throws ApiError ServiceUnavailable */
  forget(flows: Flows): Promise<void>;
}

/** `command`: normally `['conntrack']`; tests prefix it to enter a network namespace of theirs. */
export function createConntrack(command: readonly string[] = ['conntrack']): Conntrack {
  return {
    async forget({ address, port, endpoint }) {
      const [program = 'conntrack', ...args] = [...command, '-D', '-p', 'udp', '--orig-port-dst', `${port}`];
      args.push('--reply-src', endpoint.ip, '--reply-port-src', `${endpoint.port}`);
      if (address) args.push('--orig-dst', address);
      try {
        await run(program, args);
      } catch (error) {
        if (error instanceof Error && /\b0 flow entries have been deleted/.test(error.message)) return;
        throw new ApiError(
          'ServiceUnavailable',
          `cannot forget UDP flows: ${String(error)}`,
          {},
          { cause: error },
        );
      }
    },
  };
}
