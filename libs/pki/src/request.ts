import 'reflect-metadata';
import { Pkcs10CertificateRequest, SubjectAlternativeNameExtension } from '@peculiar/x509';

/** What a certificate signing request (PKCS #10) asks for. */
export interface AskedCertificate {
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly emailAddresses: readonly string[];
  readonly uris: readonly string[];
}

/** @returns a sentence if it cannot be read. Whether it is signed with its key is not checked here. */
export function parseRequest(pem: string): AskedCertificate | string {
  try {
    const { subjectName, extensions } = new Pkcs10CertificateRequest(pem);
    const alternatives = [...extensions]
      .filter((extension) => extension instanceof SubjectAlternativeNameExtension)
      .flatMap(({ names }) => names.toJSON());
    const of = (type: string) =>
      alternatives.filter((name) => name.type === type).map(({ value }) => String(value));
    return {
      commonName: subjectName.getField('CN')[0] ?? '',
      organizations: subjectName.getField('O'),
      dnsNames: of('dns'),
      ipAddresses: of('ip'),
      emailAddresses: of('email'),
      uris: of('url'),
    };
  } catch (error) {
    return `the request cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}
