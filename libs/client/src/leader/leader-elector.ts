/**
 * Leader election through a Lease, as client-go does it, with fencing.
 *
 *   standing by ──lease free or expired──▶ leading ──not renewed in time, taken, fenced out──▶ standing by
 *
 * - A lease has expired when it has not changed for its duration by our own monotonic clock, from when we first saw
 *   its present revision: clocks of other machines do not matter.
 * - The leader that cannot renew within the renew deadline (shorter than the lease) stops by itself, before anyone
 *   else may begin.
 * - Beginning a term writes a second Lease, `NAME-term`, which nothing renews: its revision fences the term's writes
 *   (`FencedApi`), so that even a leader that was paused just before a write cannot do harm.
 */
import { ApiError, rfc3339Micro } from '@reckon/api';
import type { Lease } from '@reckon/proto/reckon/api/coordination/v1/lease.ts';
import {
  type Clock,
  type LeaderElectionConfig,
  type Logger,
  type Random,
  silentLogger,
} from '@reckon/service';
import { Backoff } from '../backoff.ts';
import { LEASES } from '../resources.ts';
import type { ApiClient, ObjectName, Operation, Stored } from '../types.ts';
import { type Fence, FencedApi } from './fenced-api.ts';
import { LeaseObserver } from './lease-observer.ts';

export interface LeaderElectorOptions {
  readonly api: ApiClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly log?: Logger | undefined;
  /** `kube-scheduler` in `kube-system`. */
  readonly lease: ObjectName;
  /** Different for every process that stands for election, and the same when it comes back after a crash. */
  readonly identity: string;
  readonly timing: Omit<LeaderElectionConfig, 'enabled'>;
}

/** One term. */
export interface Leadership {
  /** Aborted at once when the term ends. Nothing may be begun after that. */
  readonly signal: AbortSignal;
  /** Writes only while the term holds. */
  readonly api: ApiClient;
  /**
   * Of the term's beginning. Whoever has read up to here has seen everything that earlier leaders wrote: wait for it
   * before acting.
   */
  readonly revision: number;
}

export class LeaderElector {
  readonly #options: LeaderElectorOptions;
  readonly #log: Logger;
  readonly #termTarget: ObjectName;
  #leading = false;

  constructor(options: LeaderElectorOptions) {
    this.#options = options;
    this.#log = (options.log ?? silentLogger).with({ lease: options.lease.name, identity: options.identity });
    this.#termTarget = { ...options.lease, name: `${options.lease.name}-term` };
  }

  get leading(): boolean {
    return this.#leading;
  }

  /**
   * Stands for election and calls `lead` for every term, until the signal is aborted. `lead` ends when its signal is
   * aborted; should it end before, or throw, the lease is released and the error thrown.
   */
  async run(lead: (leadership: Leadership) => Promise<void>, signal: AbortSignal): Promise<void> {
    const { clock, timing } = this.#options;
    const backoff = new Backoff(clock, { baseMs: 100, maxMs: timing.retrySeconds * 1_000 });
    while (!signal.aborted) {
      const observer = new LeaseObserver(this.#options, signal);
      let acquired: Acquired | undefined;
      try {
        const lease = await observer.untilFree();
        if (signal.aborted) return;
        acquired = await this.#acquire(lease);
        backoff.reset();
      } catch (error) {
        if (signal.aborted) return;
        this.#log.debug('not elected', { error: ApiError.from(error).message });
      } finally {
        await observer.close();
      }
      if (acquired) await this.#term(acquired, lead, signal);
      else await backoff.wait(signal).catch(() => undefined);
    }
  }

  async #term(
    { lease, fence }: Acquired,
    lead: (leadership: Leadership) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    const term = new AbortController();
    const both = AbortSignal.any([signal, term.signal]);
    const api = new FencedApi(this.#options.api, fence, (error) => term.abort(error));
    this.#leading = true;
    this.#log.info('leading', { revision: fence.revision });
    const renewal = new Renewal(this.#options, lease, (error) => term.abort(error));
    try {
      await lead({ signal: both, api, revision: fence.revision });
      // Ending before the term does is the leader's own wish.
      if (!both.aborted) throw new ApiError('InternalError', 'the leader ended before its term');
    } catch (error) {
      if (!both.aborted) throw error;
    } finally {
      this.#leading = false;
      term.abort(new ApiError('ServiceUnavailable', 'the term has ended'));
      await renewal.stop();
      await renewal.release();
      this.#log.info('no longer leading');
    }
  }

  async #acquire(present: Stored<Lease> | undefined): Promise<Acquired> {
    const { api, clock, identity, lease, timing, random } = this.#options;
    const nowMicro = rfc3339Micro(clock.nowMs());
    const transitions = (present?.spec?.leaseTransitions ?? 0) + (present ? 1 : 0);
    const spec = {
      holderIdentity: identity,
      leaseDurationSeconds: timing.leaseSeconds,
      acquireTime: nowMicro,
      renewTime: nowMicro,
      leaseTransitions: transitions,
    };
    const term = await api.get(LEASES, this.#termTarget).catch(undefinedIfNotFound);
    // The uuid makes two terms of one identity differ, so that the object changes with every term.
    const termSpec = { holderIdentity: `${identity}_${random.uuid()}`, acquireTime: nowMicro };
    const { objects } = await api.transact(
      [
        writeOf(lease, present, { ...present?.spec, ...spec }),
        writeOf(this.#termTarget, term, { ...term?.spec, ...termSpec, leaseTransitions: transitions }),
      ],
      {
        because: `${identity} takes the lead`,
        fieldManager: identity,
        timeoutMs: timing.retrySeconds * 1_000,
      },
    );
    const [taken, fence] = objects;
    if (!taken || !fence) throw new ApiError('InternalError', 'a transaction answered without its objects');
    return {
      lease: taken as Stored<Lease>,
      fence: { target: this.#termTarget, revision: Number(fence.metadata.resourceVersion) },
    };
  }
}

interface Acquired {
  readonly lease: Stored<Lease>;
  readonly fence: Fence;
}

/** Keeps the lease renewed until it cannot. */
class Renewal {
  readonly #options: LeaderElectorOptions;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #lease: Stored<Lease>;

  constructor(options: LeaderElectorOptions, lease: Stored<Lease>, lost: (error: ApiError) => void) {
    this.#options = options;
    this.#lease = lease;
    this.#running = this.#run().catch((error) => {
      if (!this.#stop.signal.aborted) lost(ApiError.from(error));
    });
  }

  async stop(): Promise<void> {
    this.#stop.abort(new ApiError('ServiceUnavailable', 'the term has ended'));
    await this.#running;
  }

  /** Gives the lease back, so that nobody has to wait for its end; whoever holds it by now keeps it. */
  async release(): Promise<void> {
    const { api, clock, identity, timing } = this.#options;
    if (this.#lease.spec?.holderIdentity !== identity) return;
    const spec = {
      ...this.#lease.spec,
      holderIdentity: '',
      leaseDurationSeconds: 1,
      renewTime: rfc3339Micro(clock.nowMs()),
    };
    const options = {
      because: `${identity} gives up the lead`,
      fieldManager: identity,
      timeoutMs: timing.retrySeconds * 1_000,
    };
    // Best effort: if it fails the lease simply expires.
    await api.update(LEASES, { ...this.#lease, spec }, options).catch(() => undefined);
  }

  async #run(): Promise<void> {
    const { clock, timing } = this.#options;
    const { signal } = this.#stop;
    let renewedMs = clock.monotonicMs();
    while (!signal.aborted) {
      await clock.sleep(timing.retrySeconds * 1_000, signal);
      const deadlineMs = renewedMs + timing.renewDeadlineSeconds * 1_000;
      const startMs = clock.monotonicMs();
      if (startMs >= deadlineMs)
        throw new ApiError('ServiceUnavailable', 'the lease was not renewed in time');
      try {
        await this.#renew(deadlineMs - startMs);
        renewedMs = startMs;
      } catch (error) {
        const failure = ApiError.from(error);
        if (failure.reason === 'NotFound') throw failure;
        if (failure.reason === 'Conflict') await this.#adoptOwnRenewal(failure);
      }
    }
  }

  /** A renewal whose answer was lost is still ours; anything else means that the term is over. */
  async #adoptOwnRenewal(conflict: ApiError): Promise<void> {
    const { api, lease, timing } = this.#options;
    const timeoutMs = timing.retrySeconds * 1_000;
    const present = await api.get<Lease>(LEASES, lease, { signal: this.#stop.signal, timeoutMs });
    const { holderIdentity, acquireTime } = this.#lease.spec ?? {};
    const ours = present.spec?.holderIdentity === holderIdentity && present.spec?.acquireTime === acquireTime;
    if (!ours) throw conflict;
    this.#lease = present;
  }

  /** Whoever hangs longer than the deadline counts as failed: the caller's timer decides, not the server. */
  async #renew(leftMs: number): Promise<void> {
    const { api, clock, identity, timing } = this.#options;
    const timeoutMs = Math.min(leftMs, timing.retrySeconds * 2_000);
    const late = new AbortController();
    const cancel = clock.after(timeoutMs, () =>
      late.abort(new ApiError('Timeout', 'renewing took too long')),
    );
    try {
      const spec = { ...this.#lease.spec, renewTime: rfc3339Micro(clock.nowMs()) };
      const { object } = await api.update<Lease>(
        LEASES,
        { ...this.#lease, spec },
        {
          because: 'the leader is alive',
          fieldManager: identity,
          timeoutMs,
          signal: AbortSignal.any([late.signal, this.#stop.signal]),
        },
      );
      this.#lease = object;
    } finally {
      cancel();
    }
  }
}

function writeOf(target: ObjectName, present: Stored<Lease> | undefined, spec: object): Operation {
  return present
    ? { verb: 'update', resource: LEASES, object: { ...present, spec } }
    : { verb: 'create', resource: LEASES, object: { metadata: target, spec } };
}

function undefinedIfNotFound(error: unknown): undefined {
  if (ApiError.from(error).reason !== 'NotFound') throw error;
  return undefined;
}
