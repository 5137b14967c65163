import type { ProcessIdentity } from '../host/processes.ts';

/** What the supervisor is to keep running: plain data, written by `up`, so that it can be read and compared. */
export interface Plan {
  readonly clusterId: string;
  readonly components: readonly ComponentSpec[];
}

export interface ComponentSpec {
  readonly name: string;
  /** Program and arguments. */
  readonly command: readonly string[];
  readonly env: { readonly [name: string]: string };
  readonly cwd: string;
  /** Runs as this user instead of the supervisor's own. */
  readonly user?: UserIds | undefined;
  /** Is started only once these are ready; is stopped before them. */
  readonly after: readonly string[];
  readonly ready: ReadyProbe;
  readonly stopSignal: 'SIGTERM' | 'SIGINT';
  /** After that long it is killed. */
  readonly stopTimeoutMs: number;
  /** Both outputs are appended here. */
  readonly logFile: string;
}

export interface UserIds {
  readonly uid: number;
  readonly gid: number;
}

/** How to see from outside that a component does its work. */
export type ReadyProbe =
  /** GET /readyz on a unix socket answers 200. */
  | { readonly type: 'health'; readonly socket: string }
  /** The last line of `postmaster.pid` says so: what `pg_ctl --wait` reads, too. */
  | { readonly type: 'postmaster'; readonly pidFile: string }
  /** Whoever connects is greeted with this. */
  | { readonly type: 'greeting'; readonly host: string; readonly port: number; readonly text: string }
  /** A unix socket can be connected to. */
  | { readonly type: 'socket'; readonly path: string };

/**
 * waiting ─▶ starting ─▶ ready ─┐
 *    ▲          │ ▲             │ (exits)
 *    │          ▼ └── backoff ◀─┤
 * stopped ◀── stopping ◀────────┘ (told to stop)
 */
export type Phase = 'waiting' | 'starting' | 'ready' | 'backoff' | 'stopping' | 'stopped';

export interface ComponentStatus {
  readonly name: string;
  readonly phase: Phase;
  readonly process?: ProcessIdentity | undefined;
  /** How often it ended without being told to. */
  readonly restarts: number;
  /** Milliseconds since the epoch. */
  readonly sinceMs: number;
  /** How it ended last: `exit code 1`, `SIGKILL`; or why it is not ready. */
  readonly trouble?: string | undefined;
  readonly logFile: string;
}

export interface SupervisorStatus {
  readonly clusterId: string;
  readonly process: ProcessIdentity;
  /** Of the plan it follows. */
  readonly planHash: string;
  readonly stopping: boolean;
  readonly components: readonly ComponentStatus[];
}
