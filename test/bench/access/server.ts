/**
 * The API server of the benchmark, with a real Postgres and NATS, in a process of its own. Each line of its input is the
 * mode that it answers in from then on: over the same connections, tables and compiled code. The product has no such
 * switch; the parts that ask are exchanged here, as they are loaded.
 */
import { registerHooks } from 'node:module';
import type { Identity } from '@reckon/apiserver/auth/authenticator.ts';
import { mode, setMode } from './mode.ts';

const STAND_IN = new URL('./admission.ts', import.meta.url).href;

registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    const isAdmission = resolved.url.endsWith('/apiserver/src/admission/admit.ts');
    return isAdmission && context.parentURL !== STAND_IN ? { ...resolved, url: STAND_IN } : resolved;
  },
});

const { Authenticator } = await import('@reckon/apiserver/auth/authenticator.ts');
const { UnionAuthorizer } = await import('@reckon/apiserver/auth/authorizer.ts');
const { authenticate } = Authenticator.prototype;
const { allows } = UnionAuthorizer.prototype;

/** Who it was when it was last asked: he is let in as himself, so that the rest of the work is the same. */
let latest: Identity | undefined;

Authenticator.prototype.authenticate = function (credentials) {
  if (mode() !== 'asks' && latest) return latest;
  const identity = authenticate.call(this, credentials);
  if (!(identity instanceof Promise)) {
    latest = identity;
    return identity;
  }
  return identity.then((known) => {
    latest = known;
    return known;
  });
};
UnionAuthorizer.prototype.allows = function (user, attributes) {
  return mode() !== 'asks' || allows.call(this, user, attributes);
};

const { serve } = await import('../api/serve.ts');
await serve({ told: setMode });
