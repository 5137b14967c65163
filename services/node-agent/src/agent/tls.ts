import { readFile } from 'node:fs/promises';
import type { TlsFiles } from '@reckon/service';

export interface TlsTexts {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export async function readTls(files: TlsFiles): Promise<TlsTexts> {
  const [ca, cert, key] = await Promise.all([
    readFile(files.ca, 'utf8'),
    readFile(files.cert, 'utf8'),
    readFile(files.key, 'utf8'),
  ]);
  return { ca, cert, key };
}
