import { type Access, Connection, head, openSocket, withBody } from '../api/connection.ts';
import type { ServedAccess } from '../api/serve.ts';
import { CREATORS, type Hammer, LISTERS, Tally, WATCHERS } from './tally.ts';
import { FLOOD, FLOODED, LISTED, pod, podsOf } from './users.ts';

/** 500 connections over HTTPS. */
export class RestHammer implements Hammer {
  readonly #tally = new Tally();
  readonly #creators: readonly Connection[];
  readonly #listers: readonly Connection[];
  readonly #watchers: readonly { destroy(): void }[];
  #stopped = false;

  private constructor(
    creators: readonly Connection[],
    listers: readonly Connection[],
    watchers: readonly { destroy(): void }[],
  ) {
    this.#creators = creators;
    this.#listers = listers;
    this.#watchers = watchers;
  }

  static async open(served: ServedAccess): Promise<RestHammer> {
    const access: Access = { ...served, ...served.users[FLOOD] };
    const many = (count: number) => Promise.all(Array.from({ length: count }, () => Connection.open(access)));
    const watchers = await Promise.all(Array.from({ length: WATCHERS }, () => unread(access)));
    return new RestHammer(await many(CREATORS), await many(LISTERS), watchers);
  }

  start(): void {
    const stamp = process.hrtime.bigint().toString(36);
    let created = 0;
    const create = () =>
      withBody('POST', podsOf(FLOODED), 'application/json', pod(`f-${stamp}-${created++}`));
    const list = Buffer.from(head('GET', podsOf(LISTED)));
    for (const one of this.#creators) void this.#repeat(one, create, () => this.#tally.creates++);
    for (const one of this.#listers)
      void this.#repeat(
        one,
        () => list,
        () => this.#tally.lists++,
      );
  }

  async stop(): Promise<Tally> {
    this.#stopped = true;
    for (const one of [...this.#creators, ...this.#listers]) one.close();
    for (const one of this.#watchers) one.destroy();
    return this.#tally;
  }

  async #repeat(connection: Connection, request: () => Buffer, done: () => void): Promise<void> {
    while (!this.#stopped) {
      try {
        await connection.send(request());
        done();
      } catch (error) {
        if (!this.#stopped) this.#tally.fail(error, isRefusal);
      }
    }
  }
}

function isRefusal(answer: string): boolean {
  return answer.startsWith('HTTP/1.1 429') && /\r\nretry-after: \d+\r\n/i.test(answer);
}

/** A watch of all pods of which nothing is ever read. */
export async function unread(access: Access): Promise<{ destroy(): void }> {
  const socket = await openSocket(access);
  socket.on('error', () => {});
  socket.pause();
  socket.write(head('GET', '/api/v1/pods?watch=1&resourceVersion=0'));
  return socket;
}
