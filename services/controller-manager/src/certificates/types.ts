import type { Stored } from '@reckon/client';
import type { AskedCertificate } from '@reckon/pki';
import type { CertificateSigningRequest } from '@reckon/proto/reckon/api/certificates/v1/certificate_signing_request.ts';

export type StoredRequest = Stored<CertificateSigningRequest>;

/** For what a requester may ask without a person's approval, as subresources of `certificatesigningrequests`. */
export type AutoApproval = 'nodeclient' | 'selfnodeclient';

export interface RequestObserved {
  /** What is asked for; a sentence if it cannot be read. */
  readonly asked: AskedCertificate | string;
}

/** What approving and signing take beyond the log: the API server's word, and a key. */
export interface Signer {
  /** Whether the requester may create the subresource. */
  mayCreate(request: StoredRequest, subresource: AutoApproval): Promise<boolean>;
  parse(pem: string): AskedCertificate | string;
  /** @returns PEM. Rejects if the request cannot be signed as it is. */
  sign(
    pem: string,
    options: { readonly usages: readonly string[]; readonly lifeMs: number },
  ): Promise<string>;
}
