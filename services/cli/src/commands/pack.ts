import { join } from 'node:path';
import { SOURCE_DIR } from '../cluster/surroundings.ts';
import { passThrough } from './kubectl.ts';

/** Makes the client that programs install: the package's own script does it, and says what it made. */
export function pack(into: string): Promise<number> {
  return passThrough(process.execPath, [join(SOURCE_DIR, 'clients', 'typescript', 'pack', 'main.ts'), into]);
}
