import { badRequest, type Revision } from '@reckon/api';

/** Where a list goes on: all its pages are of one revision. */
export interface ContinueToken {
  readonly rev: Revision;
  /** The `namespace` and `name` of the last object of the page before. */
  readonly namespace: string;
  readonly name: string;
  /** When the first page was given, in milliseconds since the epoch. */
  readonly beganMs: number;
}

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
  } catch (error) {
    throw badRequest(`continue key is not valid: ${error instanceof Error ? error.message : String(error)}`);
  }
  const { v, rv, ns, name, at } = (typeof token === 'object' && token !== null ? token : {}) as Record<
    string,
    unknown
  >;
  if (v !== FORM)
    throw badRequest('continue key is not valid: server does not recognize this encoded version');
  if (typeof rv !== 'number' || !Number.isSafeInteger(rv) || rv <= 0)
    throw badRequest(
      'continue key is not valid: incorrect encoded start resourceVersion (version reckon/v1)',
    );
  if (typeof ns !== 'string' || typeof name !== 'string' || typeof at !== 'number')
    throw badRequest('continue key is not valid: encoded start key empty (version reckon/v1)');
  return { rev: rv, namespace: ns, name, beganMs: at };
}
