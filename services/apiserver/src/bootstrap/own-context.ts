import type { Env } from '../verbs/env.ts';
import type { RequestContext } from '../verbs/types.ts';

/** The API server acts for itself. */
export function ownContext(env: Env, because: string): RequestContext {
  return {
    user: { name: 'system:apiserver', groups: ['system:masters'] },
    requestId: env.random.uuid(),
    userAgent: 'kube-apiserver/reckon',
    because,
    signal: new AbortController().signal,
    warn: () => undefined,
  };
}
