import type { Conflict, Write } from '@reckon/store';
import { encodeBody } from './encode.ts';
import type { Env } from './env.ts';
import type { PlannedWrite, Prepared } from './plan.ts';
import { SCHEMA_VERSION } from './settings.ts';
import type { ObjectAt, RequestContext } from './types.ts';

export type Committed = { readonly written: readonly ObjectAt[] } | { readonly conflict: Conflict };

export interface Commit {
  readonly context: RequestContext;
  /** `Provenance.via`. */
  readonly via: string;
  readonly prepared: Pick<Prepared<unknown>, 'writes' | 'conditions'>;
}

/** Commits a prepared write as one transaction of the store, with who did it and why. */
export async function commit(env: Env, { context, via, prepared }: Commit): Promise<Committed> {
  const writes = prepared.writes.map((planned) => storeWrite(env, planned));
  env.cache.commitBegins();
  try {
    const result = await env.store.commit({
      writes,
      ...(prepared.conditions.length > 0 && { conditions: prepared.conditions }),
      provenance: {
        actor: context.user.name,
        requestId: context.requestId,
        cause: context.cause,
        because: context.because,
        via,
      },
      logId: env.cache.logId,
      signal: context.signal,
    });
    if (!result.ok) return { conflict: result.conflict };
    return {
      written: writes.map(({ key, uid, body }, i) => {
        // Applied already, unless others have committed before us and their records are still to come.
        const rev = result.firstRev + i;
        return env.cache.entryOfBody(body) ?? env.cache.entryFrom({ key, rev, uid, body });
      }),
    };
  } finally {
    env.cache.commitEnds();
  }
}

function storeWrite(env: Env, planned: PlannedWrite): Write {
  const { op, key, uid, value, expectedRev, traits, via } = planned;
  const body = encodeBody(value);
  env.cache.expect(body, value);
  const base = {
    key,
    uid,
    body,
    schemaVersion: SCHEMA_VERSION,
    ...(traits.confidential && { confidential: true }),
    ...(traits.heartbeat && { heartbeat: true }),
    ...(via !== undefined && { via }),
  };
  return op === 'create' ? { ...base, op } : { ...base, op, expectedRev };
}
