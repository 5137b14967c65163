/** A certificate authority for tests: the same shapes that the launcher makes, kept in memory. */
import { webcrypto } from 'node:crypto';
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';

x509.cryptoProvider.set(webcrypto as Crypto);

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const FROM = new Date('2020-01-01T00:00:00Z');
const TO = new Date('2060-01-01T00:00:00Z');

type KeyPair = webcrypto.CryptoKeyPair;

export interface Pem {
  readonly certificate: string;
  readonly privateKey: string;
}

export class TestAuthority {
  readonly certificate: string;
  readonly #keys: KeyPair;
  readonly #issuer: string;
  #serial = 1;

  private constructor(certificate: string, keys: KeyPair, issuer: string) {
    this.certificate = certificate;
    this.#keys = keys;
    this.#issuer = issuer;
  }

  static async create(name = 'reckon-test-ca'): Promise<TestAuthority> {
    const keys = await newKeys();
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      serialNumber: '01',
      name: `CN=${name}`,
      notBefore: FROM,
      notAfter: TO,
      signingAlgorithm: ALGORITHM,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      ],
    });
    return new TestAuthority(certificate.toString('pem'), keys, `CN=${name}`);
  }

  client(name: string, ...groups: readonly string[]): Promise<Pem> {
    const subject = [{ CN: [name] }, ...groups.map((group) => ({ O: [group] }))];
    return this.#issue(subject, [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth])]);
  }

  /** Of a node agent: it is client and server. */
  node(name: string, address: string): Promise<Pem> {
    const { clientAuth, serverAuth } = x509.ExtendedKeyUsage;
    return this.#issue(
      [{ CN: [`system:node:${name}`] }, { O: ['system:nodes'] }],
      [
        new x509.ExtendedKeyUsageExtension([clientAuth, serverAuth]),
        new x509.SubjectAlternativeNameExtension([{ type: 'ip', value: address }]),
      ],
    );
  }

  server(...addresses: readonly string[]): Promise<Pem> {
    const names = addresses.map((value) => ({
      type: /^[\d.]+$/.test(value) ? ('ip' as const) : ('dns' as const),
      value,
    }));
    return this.#issue(
      [{ CN: ['kube-apiserver'] }],
      [
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension(names),
      ],
    );
  }

  async #issue(subject: x509.JsonName, extensions: readonly x509.Extension[]): Promise<Pem> {
    const keys = await newKeys();
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: (++this.#serial).toString(16).padStart(4, '0'),
      subject,
      issuer: this.#issuer,
      notBefore: FROM,
      notAfter: TO,
      signingAlgorithm: ALGORITHM,
      publicKey: keys.publicKey,
      signingKey: this.#keys.privateKey,
      extensions: [...extensions, new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true)],
    });
    return { certificate: certificate.toString('pem'), privateKey: await privateKeyPem(keys) };
  }
}

export async function privateKeyPem(keys: KeyPair): Promise<string> {
  const der = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  const text = Buffer.from(der)
    .toString('base64')
    .replace(/(.{64})/g, '$1\n');
  return `-----BEGIN PRIVATE KEY-----\n${text.trimEnd()}\n-----END PRIVATE KEY-----\n`;
}

export async function newKeys(): Promise<KeyPair> {
  return (await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])) as KeyPair;
}
