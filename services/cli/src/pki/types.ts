/** Who is who (README: "Identities"): the common name and the organizations of each certificate. */
export interface Identity {
  readonly commonName: string;
  readonly organizations: readonly string[];
}

export const IDENTITIES = {
  apiserver: { commonName: 'system:apiserver', organizations: [] },
  scheduler: { commonName: 'system:kube-scheduler', organizations: [] },
  'controller-manager': { commonName: 'system:kube-controller-manager', organizations: [] },
  admin: { commonName: 'kubernetes-admin', organizations: ['system:masters'] },
} as const satisfies { readonly [file: string]: Identity };

export function nodeIdentity(nodeName: string): Identity {
  return { commonName: `system:node:${nodeName}`, organizations: ['system:nodes'] };
}

/** A name or address that a server's certificate speaks for. */
export interface SubjectAlternative {
  readonly type: 'dns' | 'ip';
  readonly value: string;
}

/** A certificate with its private key (PKCS #8), both PEM. */
export interface KeyPairPem {
  readonly cert: string;
  readonly key: string;
}
