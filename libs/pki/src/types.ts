/** The common name and the organizations of a certificate. */
export interface Identity {
  readonly commonName: string;
  readonly organizations: readonly string[];
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
