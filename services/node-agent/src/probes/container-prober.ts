import type { Frozen } from '@reckon/client';
import type { Probe } from '@reckon/proto/reckon/api/core/v1/container.ts';
import type { Clock, Logger } from '@reckon/service';
import type { ProbeState } from '../pod/types.ts';
import type { AskProbe } from './ask.ts';
import { answerProbe, beginProbe, type ProbeKind } from './schedule.ts';
import { probeSettings } from './settings.ts';
import type { Prober, ProbeTarget, ProbeWatch } from './types.ts';

export interface ContainerProberOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly ask: AskProbe;
}

const TITLE = { startup: 'Startup', liveness: 'Liveness', readiness: 'Readiness' } as const;

/** Asks the probes of containers and reports what they add up to. */
export class ContainerProber implements Prober {
  readonly #options: ContainerProberOptions;

  constructor(options: ContainerProberOptions) {
    this.#options = options;
  }

  watch(target: ProbeTarget): ProbeWatch {
    const watch = new Watch(this.#options, target);
    watch.start();
    return watch;
  }
}

/** startup (if there is one) → liveness and readiness beside each other → stopped. */
class Watch implements ProbeWatch {
  readonly #options: ContainerProberOptions;
  readonly #target: ProbeTarget;
  #state: ProbeState;
  readonly #loops = new Map<ProbeKind, () => void>();

  constructor(options: ContainerProberOptions, target: ProbeTarget) {
    this.#options = options;
    this.#target = target;
    this.#state = target.initially;
  }

  start(): void {
    const { startupProbe } = this.#target.container.spec;
    if (startupProbe && this.#state.started !== true) {
      this.#loop('startup', startupProbe, this.#target.startedAtMs);
    } else this.#startOthers(this.#target.startedAtMs);
  }

  ending(): void {
    for (const kind of ['startup', 'liveness'] as const) {
      this.#loops.get(kind)?.();
      this.#loops.delete(kind);
    }
  }

  stop(): void {
    for (const end of this.#loops.values()) end();
    this.#loops.clear();
  }

  #startOthers(fromMs: number): void {
    const { livenessProbe, readinessProbe } = this.#target.container.spec;
    if (livenessProbe) this.#loop('liveness', livenessProbe, fromMs);
    if (readinessProbe) this.#loop('readiness', readinessProbe, fromMs);
  }

  #loop(kind: ProbeKind, probe: Frozen<Probe>, fromMs: number): void {
    const { clock, ask, log } = this.#options;
    const settings = probeSettings(probe);
    const succeededBefore = kind === 'readiness' && this.#state.ready === true;
    let progress = beginProbe(kind, settings, { fromMs, nowMs: clock.nowMs(), succeededBefore });
    let ended = false;
    let cancel = () => {};
    const schedule = () => {
      cancel = clock.after(Math.max(0, progress.nextAtMs - clock.nowMs()), () => void step());
    };
    const step = async () => {
      const askedAtMs = clock.nowMs();
      const answer = await ask(probe, this.#target, settings.timeoutMs);
      if (ended) return;
      const nowMs = clock.nowMs();
      if (answer.result === 'error') {
        log.warn('a probe could not be asked', {
          container: this.#target.containerId,
          kind,
          problem: answer.message,
        });
        const message = `${TITLE[kind]} probe errored: ${answer.message}`;
        this.#target.tell({
          type: 'Warning',
          reason: 'Unhealthy',
          message,
          container: this.#target.container.name,
        });
        progress = { ...progress, nextAtMs: nowMs + settings.periodMs };
        return schedule();
      }
      const good = answer.result === 'success';
      const next = answerProbe(progress, settings, { good, askedAtMs, nowMs });
      progress = next.progress;
      if (next.counted) {
        const message = `${TITLE[kind]} probe failed: ${answer.result === 'failure' ? answer.message : ''}`;
        this.#target.tell({
          type: 'Warning',
          reason: 'Unhealthy',
          message,
          container: this.#target.container.name,
        });
      }
      if (answer.result === 'success' && answer.warning) {
        const message = `${TITLE[kind]} probe warning: ${answer.warning}`;
        const { name: container } = this.#target.container;
        this.#target.tell({ type: 'Warning', reason: 'ProbeWarning', message, container });
      }
      if (next.verdict) this.#decide(kind, next.verdict === 'success');
      if (!ended) schedule();
    };
    this.#loops.set(kind, () => {
      ended = true;
      cancel();
    });
    schedule();
  }

  #decide(kind: ProbeKind, good: boolean): void {
    if (kind === 'readiness') {
      this.#set({ ready: good });
    } else if (!good) {
      this.stop();
      this.#set({ failed: kind, ready: false });
    } else if (kind === 'startup') {
      this.#loops.get(kind)?.();
      this.#loops.delete(kind);
      this.#set({ started: true });
      this.#startOthers(this.#options.clock.nowMs());
    }
  }

  #set(change: ProbeState): void {
    const next = { ...this.#state, ...change };
    const { started, ready, failed } = this.#state;
    this.#state = next;
    if (next.started !== started || next.ready !== ready || next.failed !== failed) this.#target.report(next);
  }
}
