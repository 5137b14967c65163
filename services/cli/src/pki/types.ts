import type { Identity } from '@reckon/pki/types.ts';

export type { Identity, KeyPairPem, SubjectAlternative } from '@reckon/pki/types.ts';

/** Who is who (README: "Identities"). */
export const IDENTITIES = {
  apiserver: { commonName: 'system:apiserver', organizations: [] },
  scheduler: { commonName: 'system:kube-scheduler', organizations: [] },
  'controller-manager': { commonName: 'system:kube-controller-manager', organizations: [] },
  admin: { commonName: 'kubernetes-admin', organizations: ['system:masters'] },
} as const satisfies { readonly [file: string]: Identity };

export function nodeIdentity(nodeName: string): Identity {
  return { commonName: `system:node:${nodeName}`, organizations: ['system:nodes'] };
}
