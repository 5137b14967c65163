import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { conflist, type PodNetwork } from './conflist.ts';

const FILE = '10-reckon.conflist';

/** Puts the configuration where the runtime reads it; in one piece, for the runtime reads it the moment it appears. */
export async function writeConflist(cniConfigDir: string, network: PodNetwork): Promise<void> {
  await mkdir(cniConfigDir, { recursive: true });
  const path = join(cniConfigDir, FILE);
  const text = conflist(network);
  const present = await readFile(path, 'utf8').catch(() => '');
  if (present === text) return;
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}
