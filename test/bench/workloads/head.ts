import type { Revision } from '@reckon/api';
import type { GrpcApi } from '@reckon/client';

/** The revision that the log has reached. */
export async function headOf(api: GrpcApi): Promise<Revision> {
  const done = new AbortController();
  try {
    for await (const { rev } of api.watchHead(done.signal)) return rev;
  } finally {
    done.abort();
  }
  throw new Error('the API does not tell its head');
}
