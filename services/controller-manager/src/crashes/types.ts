import type { CrashRun } from '../testing/crashing.ts';

/** Something that controllers have to do, and how it must end whatever they are killed at. */
export interface CrashScene {
  /** A sentence. */
  readonly name: string;
  /** Writes of these are what the controllers are killed at (`deployments.apps`; '' stands for transactions). */
  readonly resources: readonly string[];
  /** At least so many there must be, so that a scene in which nothing happens is noticed. */
  readonly leastWrites: number;
  play(run: CrashRun): Promise<void>;
}

export const at = (name: string) => ({ namespace: 'default', name });
