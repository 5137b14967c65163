import { readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Runtime } from '@reckon/cri';
import type { Clock, Logger } from '@reckon/service';

export interface RotationOptions {
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly log: Logger;
  /** Logs of running containers: container id and file. */
  readonly logs: () => readonly { readonly id: string; readonly path: string }[];
  readonly maxBytes?: number | undefined;
  /** Of one container, with the one that is written to. */
  readonly maxFiles?: number | undefined;
}

/** The kubelet's defaults. */
const MAX_BYTES = 10 * 1024 * 1024;
const MAX_FILES = 5;
/** A notice of every write of every container would cost more than a look at their sizes now and then. */
const LOOK_EVERY_MS = 10_000;

/** Keeps logs from filling the disk: moves a file away when it is large, and removes the oldest. */
export class LogRotation {
  readonly #options: RotationOptions;
  #cancel: () => void = () => {};
  #busy = false;

  constructor(options: RotationOptions) {
    this.#options = options;
  }

  start(): void {
    this.#cancel = this.#options.clock.every(LOOK_EVERY_MS, () => void this.rotate());
  }

  stop(): void {
    this.#cancel();
  }

  async rotate(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    const { logs, log } = this.#options;
    try {
      for (const each of logs()) {
        await this.#rotateOne(each.id, each.path).catch((error) => {
          log.warn('a log could not be rotated', { path: each.path, error });
        });
      }
    } finally {
      this.#busy = false;
    }
  }

  async #rotateOne(id: string, path: string): Promise<void> {
    const { runtime, clock, maxBytes = MAX_BYTES, maxFiles = MAX_FILES } = this.#options;
    const size = (await stat(path).catch(() => undefined))?.size ?? 0;
    if (size <= maxBytes) return;
    const rotated = await rotatedFiles(path);
    // Keeping one place for the file that is moved now and one for the one that is written to.
    for (const old of rotated.slice(0, Math.max(0, rotated.length - (maxFiles - 2))))
      await rm(old, { force: true });
    const stamp = new Date(clock.nowMs())
      .toISOString()
      .replace(/[-:]/g, '')
      .replace('T', '-')
      .replace(/\.\d+Z$/, '');
    const target = `${path}.${stamp}`;
    await rename(path, target);
    try {
      await runtime.reopenContainerLog(id);
    } catch (error) {
      // The runtime goes on writing to what it has open: under the old name, so that nothing is lost.
      await rename(target, path);
      throw error;
    }
  }
}

async function rotatedFiles(path: string): Promise<readonly string[]> {
  const prefix = `${basename(path)}.`;
  const names = await readdir(dirname(path));
  return names
    .filter((name) => name.startsWith(prefix))
    .sort()
    .map((name) => join(dirname(path), name));
}
