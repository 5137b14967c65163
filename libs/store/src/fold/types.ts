/** What a fold of the log reads and says. It needs no bodies and no keys: an object is known by its revision. */
import type { Operation, Revision } from '@reckon/api';

/** One event, as much of it as decides what the state is. */
export interface LogEntry {
  readonly rev: Revision;
  readonly prevRev: Revision;
  /** Microseconds since the epoch. */
  readonly atUs: number;
  readonly op: Operation;
  readonly resource: string;
  /** `keyString` of the object. */
  readonly path: string;
  readonly uid: string;
  /** False: a superseded heartbeat, if all is well. */
  readonly hasBody: boolean;
}

/** Revisions that are no longer kept one by one: superseded heartbeats, and what retention has taken of one kind. */
export interface LogRange {
  readonly firstRev: Revision;
  /** Inclusive. */
  readonly lastRev: Revision;
  readonly firstAtUs: number;
  readonly lastAtUs: number;
}

/** All that the log has of after < rev <= through, each in order of revision. */
export interface EntryPage {
  readonly through: Revision;
  readonly entries: readonly LogEntry[];
  /** Those that begin here. */
  readonly ranges: readonly LogRange[];
}

/** Invariants of design.md, section 3, that can be checked from outside. */
export type Invariant = 'L1' | 'L3' | 'L6';

export interface Break {
  readonly invariant: Invariant;
  /** Where it shows first. */
  readonly rev: Revision;
  /** One sentence for people. */
  readonly message: string;
}

/** An object as a fold knows it: its bytes are those of that revision. */
export interface FoldedObject {
  readonly rev: Revision;
  readonly uid: string;
  /** False: the heartbeat of that time is no longer kept. */
  readonly kept: boolean;
}
