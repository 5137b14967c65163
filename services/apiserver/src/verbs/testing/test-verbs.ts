/** The verbs over a real Postgres, for tests: short calls in, values out. */
import { type ApiError, loadSchema, type ResourceSchema, type Schema } from '@reckon/api';
import { type Clock, type LogFields, type Logger, SeededRandom, systemClock } from '@reckon/service';
import { FileKeyProvider, PostgresStore } from '@reckon/store';
import { createDatabase } from '@reckon/store/testing/databases.ts';
import { bootstrap } from '../../bootstrap/bootstrap.ts';
import { type RunningVerbs, startVerbs, type VerbsLimits } from '../create-verbs.ts';
import { type ClusterSettings, DEFAULT_SETTINGS } from '../settings.ts';
import type {
  DeleteOptions,
  DeleteResult,
  KubeObject,
  ListOptions,
  ListResult,
  PatchType,
  RequestContext,
  Target,
  TokenClaims,
  WatchEvent,
  WatchOptions,
  WriteOptions,
} from '../types.ts';

export const TEST_SETTINGS: ClusterSettings = {
  ...DEFAULT_SETTINGS,
  advertise: { address: '192.0.2.10', port: 6443, grpcPort: 6444 },
  caBundle: '-----BEGIN CERTIFICATE-----\nTEST\n-----END CERTIFICATE-----\n',
  apiAudiences: ['https://kubernetes.default.svc.cluster.local'],
};

/** The machine's timers, with a time of day that a test can move. */
export class ShiftedClock implements Clock {
  #offsetMs = 0;

  shift(byMs: number): void {
    this.#offsetMs += byMs;
  }

  nowMs = () => systemClock.nowMs() + this.#offsetMs;
  monotonicMs = () => systemClock.monotonicMs() + this.#offsetMs;
  after = systemClock.after;
  every = systemClock.every;
  sleep = systemClock.sleep;
}

const silent: Logger = {
  debug() {},
  info() {},
  warn() {},
  error(message: string, fields?: LogFields) {
    console.error(message, fields);
  },
  with: () => silent,
  enabled: () => false,
};

export interface TestVerbsOptions {
  readonly database?: string;
  readonly limits?: Partial<VerbsLimits>;
  readonly settings?: Partial<ClusterSettings>;
  readonly seed?: number;
}

/** `Where` of a call: `pods default/web`, `namespaces web`, `pods/binding default/web`. */
export type Where = string;

export class TestVerbs {
  readonly running: RunningVerbs;
  readonly store: PostgresStore;
  readonly clock: ShiftedClock;
  readonly database: string;
  readonly schema: Schema;
  /** Claims of tokens that were issued. */
  readonly issued: TokenClaims[];
  /** What the last call warned of. */
  warnings: string[] = [];
  /** What the next calls say of themselves. */
  as: Partial<Pick<RequestContext, 'user' | 'cause' | 'because' | 'userAgent' | 'requestId'>> = {};

  private constructor(
    parts: Pick<TestVerbs, 'running' | 'store' | 'clock' | 'database' | 'schema' | 'issued'>,
  ) {
    this.running = parts.running;
    this.store = parts.store;
    this.clock = parts.clock;
    this.database = parts.database;
    this.schema = parts.schema;
    this.issued = parts.issued;
  }

  static async start(options: TestVerbsOptions = {}): Promise<TestVerbs> {
    const database = options.database ?? (await createDatabase());
    const clock = new ShiftedClock();
    const random = new SeededRandom(options.seed ?? 1);
    const keys = new FileKeyProvider(Buffer.alloc(32, 7));
    const store = await PostgresStore.open({
      database: { url: database },
      clock: systemClock,
      random,
      log: silent,
      keys,
    });
    const schema = loadSchema();
    const issued: TokenClaims[] = [];
    const running = await startVerbs({
      store,
      schema,
      clock,
      random,
      tokens: {
        issue: async (claims) => {
          issued.push(claims);
          return { token: `token-${issued.length}`, expirationTimestamp: '2030-01-01T00:00:00Z' };
        },
      },
      settings: { ...TEST_SETTINGS, ...options.settings },
      limits: { freeze: true, ...options.limits },
      onTrouble: (error: ApiError) => console.error('trouble', error),
    });
    await bootstrap(running.env);
    return new TestVerbs({ running, store, clock, database, schema, issued });
  }

  async stop(): Promise<void> {
    await this.running.stop();
    await this.store.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  get verbs() {
    return this.running.verbs;
  }

  resource(name: string): ResourceSchema {
    const found = this.schema.resources.find((one) => one.groupResource === name || one.resource === name);
    if (!found) throw new Error(`no resource ${name}`);
    return found;
  }

  target(where: Where): Target {
    const [what = '', place = ''] = where.split(' ');
    const [resourceName = '', subresource = ''] = what.split('/');
    const resource = this.resource(resourceName);
    const slash = place.indexOf('/');
    const namespace = resource.namespaced ? (slash < 0 ? place : place.slice(0, slash)) : '';
    const name = resource.namespaced ? (slash < 0 ? '' : place.slice(slash + 1)) : place;
    return { resource, subresource, namespace, name };
  }

  context(signal: AbortSignal = new AbortController().signal): RequestContext {
    this.warnings = [];
    const { warnings } = this;
    return {
      user: { name: 'tester', groups: ['system:masters'] },
      requestId: 'request',
      userAgent: 'test/1.0',
      signal,
      ...this.as,
      warn: (message) => warnings.push(message),
    };
  }

  async create(where: Where, value: unknown, options: WriteOptions = {}): Promise<KubeObject> {
    const body = { value, duplicateFields: [] };
    return (await this.verbs.create(this.context(), this.target(where), body, options)).object.value;
  }

  async update(where: Where, value: unknown, options: WriteOptions = {}): Promise<KubeObject> {
    const body = { value, duplicateFields: [] };
    return (await this.verbs.update(this.context(), this.target(where), body, options)).object.value;
  }

  async patch(
    where: Where,
    type: PatchType,
    patch: unknown,
    options: WriteOptions = {},
  ): Promise<KubeObject> {
    const body = Buffer.from(typeof patch === 'string' ? patch : JSON.stringify(patch));
    const result = await this.verbs.patch(this.context(), this.target(where), { type, body }, options);
    return result.object.value;
  }

  apply(
    where: Where,
    object: unknown,
    fieldManager: string,
    options: WriteOptions = {},
  ): Promise<KubeObject> {
    return this.patch(where, 'apply', object, { fieldManager, ...options });
  }

  delete(where: Where, options: DeleteOptions = {}): Promise<DeleteResult> {
    return this.verbs.delete(this.context(), this.target(where), options);
  }

  async get(where: Where, resourceVersion?: string): Promise<KubeObject> {
    const options = resourceVersion === undefined ? {} : { resourceVersion };
    return (await this.verbs.get(this.context(), this.target(where), options)).value;
  }

  list(where: Where, options: ListOptions = {}): Promise<ListResult> {
    return this.verbs.list(this.context(), this.target(where), options);
  }

  async names(where: Where, options: ListOptions = {}): Promise<string[]> {
    return (await this.list(where, options)).items.map((item) => item.key.name);
  }

  /** Follows until it is stopped; `take(n)` waits for the next n events. */
  async watch(where: Where, options: WatchOptions = {}): Promise<TestWatch> {
    const stop = new AbortController();
    const stream = await this.verbs.watch(this.context(stop.signal), this.target(where), options);
    return new TestWatch(stream[Symbol.asyncIterator](), stop);
  }
}

export class TestWatch {
  readonly #events: AsyncIterator<readonly WatchEvent[]>;
  readonly #stop: AbortController;
  #ahead: WatchEvent[] = [];

  constructor(events: AsyncIterator<readonly WatchEvent[]>, stop: AbortController) {
    this.#events = events;
    this.#stop = stop;
  }

  async take(count: number): Promise<WatchEvent[]> {
    while (this.#ahead.length < count) {
      const next = await this.#events.next();
      if (next.done) throw new Error(`the watch has ended after ${this.#ahead.length} of ${count} events`);
      this.#ahead.push(...next.value);
    }
    return this.#ahead.splice(0, count);
  }

  /** The next events as `ADDED default/web`. */
  async lines(count: number): Promise<string[]> {
    return (await this.take(count)).map(({ type, object }) =>
      object ? `${type} ${object.key.namespace}/${object.key.name}` : type,
    );
  }

  stop(): void {
    this.#stop.abort();
  }
}
