import { readFile } from 'node:fs/promises';
import type { ApiClient } from '@reckon/client';
import type { Clock, ControllerManagerConfig } from '@reckon/service';
import { accessReviews } from './access.ts';
import type { Signer } from './types.ts';

/** The cluster's authority as a signer. The library that writes certificates is loaded only where there is a key. */
export async function loadSigner(
  files: ControllerManagerConfig['signing'],
  { clock, api }: { readonly clock: Clock; readonly api: ApiClient },
): Promise<Signer | undefined> {
  if (!files) return undefined;
  const { Authority, parseRequest } = await import('@reckon/pki');
  const [cert, key] = await Promise.all([readFile(files.cert, 'utf8'), readFile(files.key, 'utf8')]);
  const authority = await Authority.load({ cert, key }, clock);
  return {
    parse: parseRequest,
    mayCreate: accessReviews(api),
    sign: (pem, options) => authority.sign(pem, options),
  };
}
