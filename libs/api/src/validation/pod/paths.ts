import type { Cause } from '../../errors/api-error.ts';
import { invalidValue } from '../causes.ts';

/** A path on the host: it may go anywhere, but not back. */
export function checkNoBacksteps(path: string, field: string, causes: Cause[]): void {
  if (path.split('/').includes('..')) causes.push(invalidValue(field, path, "must not contain '..'"));
}

/** A path inside a volume. */
export function checkDescendingPath(path: string, field: string, causes: Cause[]): void {
  if (path.startsWith('/')) causes.push(invalidValue(field, path, 'must be a relative path'));
  checkNoBacksteps(path, field, causes);
}

/** A path of a file that a volume is made of; names that begin with two dots are the volume's own. */
export function checkFilePath(path: string, field: string, causes: Cause[]): void {
  checkDescendingPath(path, field, causes);
  if (path.startsWith('..') && !path.startsWith('../')) {
    causes.push(invalidValue(field, path, "must not start with '..'"));
  }
}
