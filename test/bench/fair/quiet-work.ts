import { type Access, Connection, head, Watcher, withBody } from '../api/connection.ts';
import { pod, podsOf, QUIET } from './users.ts';

export interface Times {
  readonly get: readonly number[];
  readonly write: readonly number[];
  /** From the sending of a write until a watch shows it. */
  readonly seen: readonly number[];
  readonly failed: number;
  /** Of the last failure. */
  readonly example: string;
  /** Beside a flood, 99 of 100 take no longer than this, or than so many times what they take without. */
  readonly aimMs: number;
  readonly aimRatio: number;
}

/** One thing after the other over one connection. */
export abstract class Work {
  readonly #connection: Connection;
  readonly #aim: Pick<Times, 'aimMs' | 'aimRatio'>;

  constructor(connection: Connection, aim: Pick<Times, 'aimMs' | 'aimRatio'>) {
    this.#connection = connection;
    this.#aim = aim;
  }

  async run(forMs: number): Promise<Times> {
    const get: number[] = [];
    const write: number[] = [];
    let failed = 0;
    let example = '';
    this.begin();
    for (const endMs = performance.now() + forMs; performance.now() < endMs; ) {
      for (const [times, next] of [
        [get, () => this.get()],
        [write, () => this.write()],
      ] as const) {
        const request = next();
        const sentMs = performance.now();
        try {
          await this.#connection.send(request);
          times.push(performance.now() - sentMs);
        } catch (error) {
          failed++;
          example = String(error).slice(0, 300);
        }
      }
    }
    return { get, write, seen: await this.seen(), failed, example, ...this.#aim };
  }

  close(): void {
    this.#connection.close();
  }

  protected begin(): void {}
  protected abstract get(): Buffer;
  protected abstract write(): Buffer;

  protected async seen(): Promise<readonly number[]> {
    return [];
  }
}

/** A user who gets and creates pods, and watches them. */
export class ShopWork extends Work {
  readonly #watcher: Watcher;
  readonly #lag: WatchLag;
  #created = 0;

  private constructor(connection: Connection, watcher: Watcher, lag: WatchLag) {
    super(connection, { aimMs: 100, aimRatio: 5 });
    this.#watcher = watcher;
    this.#lag = lag;
  }

  static async open(access: Access): Promise<ShopWork> {
    const connection = await Connection.open(access);
    await connection.send(withBody('POST', podsOf(QUIET), 'application/json', pod('first')));
    const lag = new WatchLag();
    const watcher = await Watcher.open(access, `${podsOf(QUIET)}?watch=1`, ({ events }) => lag.saw(events));
    return new ShopWork(connection, watcher, lag);
  }

  override close(): void {
    super.close();
    this.#watcher.close();
  }

  protected override begin(): void {
    this.#lag.seenMs.length = 0;
  }

  protected get(): Buffer {
    return Buffer.from(head('GET', `${podsOf(QUIET)}/first`));
  }

  protected write(): Buffer {
    this.#lag.sentMs.push(performance.now());
    return withBody('POST', podsOf(QUIET), 'application/json', pod(`q-${this.#created++}`));
  }

  protected override async seen(): Promise<readonly number[]> {
    while (!this.#lag.isUpToDate) await new Promise((resolve) => setImmediate(resolve));
    return [...this.#lag.seenMs];
  }
}

/** The object that was there is the first event of a watch. */
const FOUND = 1;

class WatchLag {
  readonly sentMs: number[] = [];
  readonly seenMs: number[] = [];
  #counted = 0;

  get isUpToDate(): boolean {
    return this.#counted === this.sentMs.length;
  }

  saw(events: number): void {
    const nowMs = performance.now();
    while (this.#counted < events - FOUND) this.seenMs.push(nowMs - (this.sentMs[this.#counted++] ?? nowMs));
  }
}

/** Who has a Lease, and renews it: a node, or the leader of the schedulers. */
export class LeaseWork extends Work {
  readonly #path: string;
  #renewed = 0;

  private constructor(connection: Connection, path: string) {
    super(connection, { aimMs: 60, aimRatio: 3 });
    this.#path = path;
  }

  static async open(access: Access, namespace: string, name: string): Promise<LeaseWork> {
    const connection = await Connection.open(access);
    const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
    const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name }, spec: {} };
    await connection.send(withBody('POST', path, 'application/json', JSON.stringify(lease)));
    return new LeaseWork(connection, `${path}/${name}`);
  }

  protected get(): Buffer {
    return Buffer.from(head('GET', this.#path));
  }

  protected write(): Buffer {
    const spec = { leaseTransitions: this.#renewed++ % 1_000 };
    return withBody('PATCH', this.#path, 'application/merge-patch+json', JSON.stringify({ spec }));
  }
}
