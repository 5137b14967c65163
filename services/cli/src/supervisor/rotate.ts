import { copyFileSync, statSync, truncateSync } from 'node:fs';
import { isMissing } from '../state/files.ts';

const MAX_BYTES = 64 * 1024 * 1024;

/**
 * Keeps a log and the one before it. Its writers append through a descriptor that they keep, so it is copied and cut,
 * not renamed; lines that are written in between are lost, as in logrotate's `copytruncate`.
 */
export function rotateIfLarge(path: string, maxBytes = MAX_BYTES): void {
  try {
    if (statSync(path).size <= maxBytes) return;
    copyFileSync(path, `${path}.1`);
    truncateSync(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}
