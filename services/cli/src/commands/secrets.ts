import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { systemClock } from '@reckon/service';
import { FileKeyProvider, KmsKeyProvider, type RotatedKeys, rotateDataKeys } from '@reckon/store';
import { surroundingsOf } from '../cluster/surroundings.ts';
import { databaseUrl } from '../components/postgres.ts';
import type { Surroundings } from '../components/types.ts';
import { pkiFiles } from '../pki/cluster-pki.ts';
import { requireSettings } from '../state/cluster.ts';
import { writeFileAtomically } from '../state/files.ts';
import { layoutOf } from '../state/layout.ts';

const KEY_BYTES = 32;

export interface RotateOptions {
  /** Also destroys the wrapping keys that were in use before (of the file; a service keeps its own). */
  readonly shred: boolean;
}

/**
 * A new wrapping key and a new data key, while the cluster runs. The order is what makes it safe: the new key can be
 * read by everybody before anything is wrapped by it, and an old one goes only once it wraps nothing any more.
 */
export async function rotateSecrets(stateDir: string, { shred }: RotateOptions): Promise<RotatedKeys> {
  const layout = layoutOf(stateDir);
  const settings = requireSettings(layout);
  const around = surroundingsOf(layout, settings);
  const { secretsKey: path } = pkiFiles(layout.pkiDir);
  if (settings.secretsKms !== undefined) return wrapAnew(around, settings.secretsKms, path);
  const fresh = `${randomBytes(KEY_BYTES).toString('base64')}\n`;
  writeFileAtomically(path, `${readFileSync(path, 'utf8').trim()}\n${fresh}`);
  const keys = await FileKeyProvider.read(path);
  const rotated = await rotateDataKeys({ database: { url: databaseUrl(around) }, keys });
  if (shred) writeFileAtomically(path, fresh);
  return rotated;
}

/** A key management service rotates its own key; what is left to do is to have every data key wrapped by it. */
async function wrapAnew(around: Surroundings, socket: string, path: string): Promise<RotatedKeys> {
  const before = await FileKeyProvider.read(path);
  const keys = await KmsKeyProvider.connect({ socket, clock: systemClock, before });
  try {
    return await rotateDataKeys({ database: { url: databaseUrl(around) }, keys });
  } finally {
    keys.close();
  }
}
