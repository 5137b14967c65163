/** Requests for certificates as programs make them, for tests. */
import 'reflect-metadata';
import {
  cryptoProvider,
  PemConverter,
  Pkcs10CertificateRequestGenerator,
  SubjectAlternativeNameExtension,
} from '@peculiar/x509';
import type { Identity, SubjectAlternative } from '../types.ts';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

cryptoProvider.set(crypto);

export interface RequestTraits extends Identity {
  readonly alternatives?: readonly SubjectAlternative[];
}

/** PEM of the request, and of the private key (PKCS #8) that it is signed with. */
export async function certificateRequest({ commonName, organizations, alternatives = [] }: RequestTraits) {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: [...organizations.map((organization) => ({ O: [organization] })), { CN: [commonName] }],
    keys,
    signingAlgorithm: ALGORITHM,
    ...(alternatives.length > 0
      ? { extensions: [new SubjectAlternativeNameExtension([...alternatives])] }
      : {}),
  });
  const key = await crypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { pem: `${request.toString('pem')}\n`, key: `${PemConverter.encode(key, 'PRIVATE KEY')}\n` };
}
