import type { Clock, Logger } from '@reckon/service';
import { isAlive, type ProcessIdentity, signal } from '../host/processes.ts';
import { readIfPresent, writeFileAtomically } from '../state/files.ts';
import type { ComponentStatus } from './types.ts';

/**
 * Who was started, on disk: a supervisor that comes after one that was killed finds what is left of it, and nothing
 * that merely has the same process id.
 */
export class ChildrenFile {
  readonly #path: string;
  #written = '';

  constructor(path: string) {
    this.#path = path;
  }

  read(): readonly ProcessIdentity[] {
    const source = readIfPresent(this.#path);
    if (source === undefined) return [];
    try {
      const value: unknown = JSON.parse(source);
      return Array.isArray(value) ? value.filter(isIdentity) : [];
    } catch {
      // Written atomically, so this is not ours: nobody is known.
      return [];
    }
  }

  write(statuses: readonly ComponentStatus[]): void {
    const source = JSON.stringify(statuses.flatMap(({ process }) => (process ? [process] : [])));
    if (source === this.#written) return;
    writeFileAtomically(this.#path, source);
    this.#written = source;
  }
}

const STOP_TIMEOUT_MS = 10_000;
const POLL_MS = 50;

/** Ends what a killed supervisor left running: gracefully, then not. */
export async function stopLeftovers(
  children: readonly ProcessIdentity[],
  clock: Clock,
  log: Logger,
): Promise<void> {
  // The last started goes first: it depends on those before it.
  for (const child of children.toReversed()) {
    if (!signal(child, 'SIGTERM')) continue;
    log.info('stopping what an earlier supervisor left', { ...child });
    const startedMs = clock.monotonicMs();
    while (isAlive(child)) {
      // Not a child of this process: there is no event to wait for.
      await clock.sleep(POLL_MS);
      if (clock.monotonicMs() - startedMs > STOP_TIMEOUT_MS) signal(child, 'SIGKILL');
    }
  }
}

function isIdentity(value: unknown): value is ProcessIdentity {
  return (
    typeof value === 'object' &&
    value !== null &&
    'pid' in value &&
    typeof value.pid === 'number' &&
    'startTime' in value &&
    typeof value.startTime === 'string'
  );
}
