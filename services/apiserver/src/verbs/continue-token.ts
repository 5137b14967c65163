import { type ApiError, badRequest, type Revision } from '@reckon/api';

/** Where a list goes on: all its pages are of one revision. */
export interface ContinueToken {
  /** `LATEST`: whatever is there by then. */
  readonly rev: Revision;
  /** The `namespace` and `name` of the last object of the page before. */
  readonly namespace: string;
  readonly name: string;
  /** When the first page was given, in milliseconds since the epoch. */
  readonly beganMs: number;
}

/** In place of a revision: the list goes on in the present, which is not what its first pages were of. */
export const LATEST: Revision = -1;

/** Version of this server's own form of the token; Kubernetes' is `meta.k8s.io/v1`. */
const FORM = 'reckon/v1';

export function encodeContinue({ rev, namespace, name, beganMs }: ContinueToken): string {
  return Buffer.from(JSON.stringify({ v: FORM, rv: rev, ns: namespace, name, at: beganMs })).toString(
    'base64url',
  );
}

export function decodeContinue(text: string): ContinueToken {
  let token: unknown;
  try {
    token = JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    throw refusal(': it is none that this server gave out');
  }
  const { v, rv, ns, name, at } = (typeof token === 'object' && token !== null ? token : {}) as Record<
    string,
    unknown
  >;
  if (v !== FORM)
    throw refusal(`: server does not recognize this encoded version ${typeof v === 'string' ? v : ''}`);
  if (typeof rv !== 'number' || !Number.isSafeInteger(rv) || (rv <= 0 && rv !== LATEST))
    throw refusal(`: incorrect encoded start resourceVersion (version ${FORM})`);
  if (typeof ns !== 'string' || typeof name !== 'string' || typeof at !== 'number' || name === '')
    throw refusal(`: encoded start key empty (version ${FORM})`);
  return { rev: rv, namespace: ns, name, beganMs: at };
}

function refusal(why: string): ApiError {
  return badRequest(`invalid continue token: continue key is not valid${why}`);
}
