import type { Cause } from '../../errors/api-error.ts';
import { forbidden, required } from '../causes.ts';

/** At least one way of use; the one that allows a single pod allows nothing else. */
export function checkAccessModes(modes: readonly string[], path: string, why: string, causes: Cause[]): void {
  if (modes.length === 0) causes.push(required(path, why));
  if (modes.length > 1 && modes.includes('ReadWriteOncePod')) {
    causes.push(forbidden(path, 'may not use ReadWriteOncePod with other access modes'));
  }
}
