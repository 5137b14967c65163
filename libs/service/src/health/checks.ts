import type { Clock } from '../clock.ts';

/** Resolves if all is well; throws an Error that says what is not. */
export type HealthCheck = () => void | Promise<void>;

export interface CheckResult {
  readonly name: string;
  /** Undefined: passed. */
  readonly problem: string | undefined;
}

const CHECK_TIMEOUT_MS = 2_000;

/**
 * What has to hold for a process to be alive (if not, restarting it helps) and to be ready (if not, do not send it
 * work, but leave it running). Every liveness check is part of readiness too. A service adds its first readiness check
 * when it knows what it waits for; until then it is not ready.
 */
export class HealthChecks {
  readonly #clock: Clock;
  readonly #live = new Map<string, HealthCheck>();
  readonly #ready = new Map<string, HealthCheck>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The result takes the check away again. */
  addLive(name: string, check: HealthCheck): () => void {
    return add(this.#live, name, check);
  }

  addReady(name: string, check: HealthCheck): () => void {
    return add(this.#ready, name, check);
  }

  live(): Promise<readonly CheckResult[]> {
    return this.#run([...this.#live]);
  }

  /** A process that has not yet said what it needs to be ready is not: it has only just begun. */
  async ready(): Promise<readonly CheckResult[]> {
    const results = await this.#run([...this.#live, ...this.#ready]);
    return this.#ready.size > 0 ? results : [...results, { name: 'startup', problem: 'not done yet' }];
  }

  #run(checks: readonly (readonly [string, HealthCheck])[]): Promise<readonly CheckResult[]> {
    return Promise.all(
      checks.map(async ([name, check]) => {
        try {
          await this.#withTimeout(check);
          return { name, problem: undefined };
        } catch (error) {
          return { name, problem: error instanceof Error ? error.message : String(error) };
        }
      }),
    );
  }

  async #withTimeout(check: HealthCheck): Promise<void> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const cancel = this.#clock.after(CHECK_TIMEOUT_MS, () =>
      reject(new Error(`no answer within ${CHECK_TIMEOUT_MS} ms`)),
    );
    try {
      await Promise.race([check(), late]);
    } finally {
      cancel();
    }
  }
}

function add(checks: Map<string, HealthCheck>, name: string, check: HealthCheck): () => void {
  if (checks.has(name)) throw new Error(`health check ${name} exists already`);
  checks.set(name, check);
  return () => checks.delete(name);
}
