import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { Clock, Logger } from '@reckon/service';
import { EXIT } from '@reckon/service';
import { identify, type ProcessIdentity } from '../host/processes.ts';
import { whyNotLive, whyNotReady } from './probe.ts';
import type { ComponentSpec, ComponentStatus, Phase } from './types.ts';

export interface ComponentOptions {
  readonly spec: ComponentSpec;
  readonly clock: Clock;
  readonly log: Logger;
  /** Called after every change of its status. */
  readonly onChange: () => void;
}

const PROBE_STARTING_MS = 25;
/** Once it has taken a second, it may take many. */
const PROBE_SLOW_MS = 200;
const PROBE_READY_MS = 5_000;
/** So many liveness checks in a row must fail before a running process is given up. */
const LIVENESS_FAILURES = 3;
const BACKOFF_FIRST_MS = 250;
const BACKOFF_MAX_MS = 10_000;
/** A process that was ready for so long has earned a quick restart. */
const BACKOFF_RESET_MS = 30_000;

/** One process that is to run, and to run again whenever it ends: the states are those of `Phase`. */
export class Component {
  readonly spec: ComponentSpec;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #onChange: () => void;
  #phase: Phase = 'waiting';
  #sinceMs: number;
  #restarts = 0;
  #trouble: string | undefined;
  #child: ChildProcess | undefined;
  #process: ProcessIdentity | undefined;
  #readySinceMs: number | undefined;
  #backoffMs = BACKOFF_FIRST_MS;
  #cancelTimer = () => {};

  constructor(options: ComponentOptions) {
    this.spec = options.spec;
    this.#clock = options.clock;
    this.#log = options.log.with({ component: options.spec.name });
    this.#onChange = options.onChange;
    this.#sinceMs = options.clock.nowMs();
  }

  get status(): ComponentStatus {
    return {
      name: this.spec.name,
      phase: this.#phase,
      process: this.#process,
      restarts: this.#restarts,
      sinceMs: this.#sinceMs,
      trouble: this.#trouble,
      logFile: this.spec.logFile,
    };
  }

  get wasReady(): boolean {
    return this.#readySinceMs !== undefined;
  }

  start(): void {
    if (this.#phase === 'starting' || this.#phase === 'ready' || this.#phase === 'stopping') return;
    this.#cancelTimer();
    const child = this.#spawn();
    this.#child = child;
    this.#process = child.pid === undefined ? undefined : identify(child.pid);
    this.#enter('starting');
    // One of the two comes, and only once: a program that cannot be run has no exit.
    child.once('error', (error) => this.#ended(child, error.message, undefined));
    child.once('exit', (code, signal) =>
      this.#ended(child, signal ?? `exit code ${code}`, code ?? undefined),
    );
    this.#probeIn(PROBE_STARTING_MS, child, this.#clock.monotonicMs(), 0);
  }

  /** Asks it to end, kills it if it does not, and resolves once it is gone. */
  async stop(): Promise<void> {
    this.#cancelTimer();
    const child = this.#child;
    if (!child) {
      this.#enter('stopped');
      return;
    }
    const ended = new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
      child.once('error', () => resolve());
    });
    if (this.#phase !== 'stopping') {
      this.#enter('stopping');
      child.kill(this.spec.stopSignal);
      this.#cancelTimer = this.#clock.after(this.spec.stopTimeoutMs, () => {
        this.#log.warn('killed, as it did not stop in time', { stopTimeoutMs: this.spec.stopTimeoutMs });
        child.kill('SIGKILL');
      });
    }
    await ended;
  }

  #spawn(): ChildProcess {
    const { command, cwd, env, user, logFile } = this.spec;
    const [program = '', ...args] = command;
    const output = openSync(logFile, 'a', 0o640);
    try {
      return spawn(program, args, {
        cwd,
        env: { ...process.env, ...env },
        stdio: ['ignore', output, output],
        // A process group of its own: what is typed at a terminal reaches nobody but the one who reads it.
        detached: true,
        ...user,
      });
    } finally {
      closeSync(output);
    }
  }

  #probeIn(delayMs: number, child: ChildProcess, startedMs: number, failures: number): void {
    this.#cancelTimer = this.#clock.after(delayMs, () => {
      this.#probe(child, startedMs, failures).catch((error: unknown) => {
        this.#log.error('cannot see whether it is ready', { error });
      });
    });
  }

  async #probe(child: ChildProcess, startedMs: number, failures: number): Promise<void> {
    const problem = await whyNotReady(this.spec.ready, child.pid);
    const deadly = problem !== undefined && this.wasReady ? await whyNotLive(this.spec.ready) : undefined;
    if (this.#child !== child || this.#phase === 'stopping') return;
    this.#trouble = problem;
    if (problem === undefined) {
      this.#readySinceMs ??= this.#clock.monotonicMs();
      if (this.#phase !== 'ready') this.#enter('ready');
      this.#probeIn(PROBE_READY_MS, child, startedMs, 0);
      return;
    }
    if (this.#phase === 'ready') this.#enter('starting');
    const failed = deadly === undefined ? 0 : failures + 1;
    if (failed >= LIVENESS_FAILURES) {
      this.#log.warn('killed, as it does not live', { problem: deadly });
      child.kill('SIGKILL');
      return;
    }
    const elapsedMs = this.#clock.monotonicMs() - startedMs;
    const delayMs = this.wasReady ? PROBE_READY_MS : elapsedMs < 1_000 ? PROBE_STARTING_MS : PROBE_SLOW_MS;
    this.#probeIn(delayMs, child, startedMs, failed);
  }

  #ended(child: ChildProcess, how: string, code: number | undefined): void {
    if (this.#child !== child) return;
    this.#cancelTimer();
    this.#child = undefined;
    this.#process = undefined;
    const readyForMs = this.#readySinceMs === undefined ? 0 : this.#clock.monotonicMs() - this.#readySinceMs;
    this.#readySinceMs = undefined;
    if (this.#phase === 'stopping') {
      this.#trouble = undefined;
      this.#enter('stopped');
      return;
    }
    this.#trouble = how;
    this.#restarts++;
    if (readyForMs >= BACKOFF_RESET_MS) this.#backoffMs = BACKOFF_FIRST_MS;
    // Only a new file mends a wrong configuration.
    const backoffMs = code === EXIT.config ? BACKOFF_MAX_MS : this.#backoffMs;
    this.#backoffMs = Math.min(this.#backoffMs * 2, BACKOFF_MAX_MS);
    this.#log.warn('ended by itself', { how, restarts: this.#restarts, backoffMs });
    this.#enter('backoff');
    this.#cancelTimer = this.#clock.after(backoffMs, () => this.start());
  }

  #enter(phase: Phase): void {
    if (phase !== this.#phase) this.#sinceMs = this.#clock.nowMs();
    this.#phase = phase;
    this.#log.info(phase, { pid: this.#process?.pid, trouble: this.#trouble });
    this.#onChange();
  }
}
