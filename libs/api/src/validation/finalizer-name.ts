import type { Cause } from '../errors/api-error.ts';
import { FINALIZER_FOREGROUND, FINALIZER_ORPHAN } from '../meta/names.ts';
import { qualifiedNameErrors } from '../names/label.ts';
import { invalidValue } from './causes.ts';

const STANDARD: readonly string[] = ['kubernetes', FINALIZER_ORPHAN, FINALIZER_FOREGROUND];

/** A finalizer says whose it is (`example.com/name`), but for the few that Kubernetes itself has. */
export function checkFinalizerName(finalizer: string, path: string, causes: Cause[]): void {
  if (finalizer.includes('/') || STANDARD.includes(finalizer)) return;
  if (qualifiedNameErrors(finalizer).length > 0) return;
  causes.push(
    invalidValue(path, finalizer, 'name is neither a standard finalizer name nor is it fully qualified'),
  );
}
