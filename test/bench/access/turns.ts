import type { Connection } from '../api/connection.ts';
import { load } from '../api/measure.ts';
import type { RunningServer } from '../api/process.ts';
import { threadTimesMs } from '../proc.ts';
import { podRequest } from './client.ts';
import type { Mode } from './mode.ts';

export interface Turn {
  /** Half of the creates took at most so long. */
  readonly p50Ms: number;
  /** Processor time of the API server for one create, in microseconds. */
  readonly cpuUs: number;
}

/** Creates of pods against one server in one mode after the other. */
export class Turns {
  readonly #server: RunningServer;
  readonly #token: string;
  #pods = 0;

  constructor(server: RunningServer, token: string) {
    this.#server = server;
    this.#token = token;
  }

  async take(mode: Mode, clients: readonly Connection[], creates: number): Promise<Turn> {
    await this.#server.tell(mode);
    const requests = Array.from({ length: creates }, () => podRequest(this.#token, `p-${this.#pods++}`));
    const { pid } = this.#server;
    const beforeMs = threadTimesMs(pid);
    const { p50Ms } = await load(clients, { count: creates }, (client, i) => {
      const request = requests[i];
      if (!request) throw new Error(`there is no request ${i}`);
      return client.send(request);
    });
    return { p50Ms, cpuUs: (1_000 * (threadTimesMs(pid) - beforeMs)) / creates };
  }
}
