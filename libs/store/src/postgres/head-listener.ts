import type { Head } from '@reckon/api';
import type { Clock, Logger } from '@reckon/service';
import { clientConfig, type DatabaseAddress } from './connect.ts';
import { Link } from './link.ts';
import { type Verification, verify } from './verification.ts';

/** Shows that a connection on which nothing comes is still one. */
const PROBE_PERIOD_MS = 5000;
const PROBE_LIMIT_MS = 3000;

export interface HeadListenerOptions {
  readonly address: DatabaseAddress;
  readonly clock: Clock;
  readonly log: Logger;
  /** Own commits are told by their answers, which bring more: what comes of this backend is not heard. */
  readonly ownBackend: () => number | undefined;
  readonly heard: (head: Head) => void;
  /** Of a connection that has just begun to listen. */
  readonly verification: () => Verification;
}

/** Hears of the commits of other API servers. */
export class HeadListener {
  readonly #options: HeadListenerOptions;
  readonly #link: Link;
  #stopProbe: (() => void) | undefined;

  constructor(options: HeadListenerOptions) {
    this.#options = options;
    const { address, clock, log, ownBackend, heard, verification } = options;
    this.#link = new Link({
      config: clientConfig(address, 'listen'),
      clock,
      log,
      prepare: async (client) => {
        client.on('notification', ({ payload, processId }) => {
          if (processId === ownBackend()) return;
          const head = payload === undefined ? undefined : parseHead(payload);
          if (head) heard(head);
          else log.error('a notification that nobody understands', { payload });
        });
        await client.query('listen reckon_head');
        heard(await verify(client, verification()));
      },
    });
  }

  async open(): Promise<void> {
    await this.#link.open();
    this.#stopProbe = this.#options.clock.every(PROBE_PERIOD_MS, () => this.#probe());
  }

  async close(): Promise<void> {
    this.#stopProbe?.();
    await this.#link.close();
  }

  #probe(): void {
    const client = this.#link.client;
    if (!client) return;
    const cancel = this.#options.clock.after(PROBE_LIMIT_MS, () =>
      this.#link.drop(new Error(`no answer within ${PROBE_LIMIT_MS} ms`)),
    );
    // A failure is the link's to notice.
    client.query('select').then(cancel, cancel);
  }
}

/** `log id, revision, microseconds`, as `reckon_commit` writes it. */
function parseHead(payload: string): Head | undefined {
  const match = /^(\S+) (\d+) (\d+)$/.exec(payload);
  const [, logId, rev, atUs] = match ?? [];
  if (logId === undefined) return undefined;
  return { logId, rev: Number(rev), atMs: Number(atUs) / 1000 };
}
