import 'reflect-metadata';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  Pkcs10CertificateRequest,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import type { Clock } from '@reckon/service';
import type { Identity, KeyPairPem, SubjectAlternative } from './types.ts';
import { extendedUsages, keyUsageFlags } from './usages.ts';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;
const AUTHORITY_DAYS = 3_650;
const LEAF_DAYS = 365;
/** A machine whose clock is a little behind must not refuse what was just issued. */
const BACKDATE_MS = 5 * 60_000;

cryptoProvider.set(crypto);

export interface LeafRequest {
  readonly identity: Identity;
  readonly usages: readonly ('client' | 'server')[];
  readonly alternatives?: readonly SubjectAlternative[];
}

export interface SigningOptions {
  /** As the Kubernetes API names them: `client auth`. */
  readonly usages: readonly string[];
  /** How long it is valid, at most; the authority's own end comes first. */
  readonly lifeMs: number;
}

/** The cluster's own certificate authority (RFC 5280 profile; P-256, as TLS stacks everywhere verify it fastest). */
export class Authority {
  readonly #certificate: X509Certificate;
  readonly #key: CryptoKey;
  readonly #clock: Clock;

  private constructor(certificate: X509Certificate, key: CryptoKey, clock: Clock) {
    this.#certificate = certificate;
    this.#key = key;
    this.#clock = clock;
  }

  static async create(name: string, clock: Clock): Promise<KeyPairPem> {
    const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
    const nowMs = clock.nowMs();
    const certificate = await X509CertificateGenerator.createSelfSigned({
      serialNumber: serialNumber(),
      name: [{ CN: [name] }],
      notBefore: new Date(nowMs - BACKDATE_MS),
      notAfter: new Date(nowMs + AUTHORITY_DAYS * DAY_MS),
      signingAlgorithm: ALGORITHM,
      keys,
      extensions: [
        new BasicConstraintsExtension(true, undefined, true),
        new KeyUsagesExtension(
          KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign | KeyUsageFlags.digitalSignature,
          true,
        ),
        await SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    return { cert: pemOf(certificate), key: await privateKeyPem(keys.privateKey) };
  }

  static async load(pair: KeyPairPem, clock: Clock): Promise<Authority> {
    const der = PemConverter.decodeFirst(pair.key);
    const key = await crypto.subtle.importKey('pkcs8', der, ALGORITHM, false, ['sign']);
    return new Authority(new X509Certificate(pair.cert), key, clock);
  }

  async issue(request: LeafRequest): Promise<KeyPairPem> {
    const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
    const nowMs = this.#clock.nowMs();
    const { commonName, organizations } = request.identity;
    const usages = request.usages.map((usage) =>
      usage === 'client' ? ExtendedKeyUsage.clientAuth : ExtendedKeyUsage.serverAuth,
    );
    const certificate = await X509CertificateGenerator.create({
      serialNumber: serialNumber(),
      subject: [...organizations.map((organization) => ({ O: [organization] })), { CN: [commonName] }],
      issuer: this.#certificate.subjectName,
      notBefore: new Date(nowMs - BACKDATE_MS),
      notAfter: new Date(Math.min(nowMs + LEAF_DAYS * DAY_MS, this.#certificate.notAfter.getTime())),
      signingAlgorithm: ALGORITHM,
      publicKey: keys.publicKey,
      signingKey: this.#key,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension(usages),
        await SubjectKeyIdentifierExtension.create(keys.publicKey),
        await AuthorityKeyIdentifierExtension.create(this.#certificate),
        ...(request.alternatives ? [new SubjectAlternativeNameExtension([...request.alternatives])] : []),
      ],
    });
    return { cert: pemOf(certificate), key: await privateKeyPem(keys.privateKey) };
  }

  /**
   * The certificate (PEM) that a request (PKCS #10, PEM) asks for, with its subject, its names and its key.
   *
   * @throws Error if the request is not signed with the key that it is about.
   */
  async sign(requestPem: string, { usages, lifeMs }: SigningOptions): Promise<string> {
    const request = new Pkcs10CertificateRequest(requestPem);
    if (!(await request.verify())) throw new Error('the request is not signed with its own key');
    const nowMs = this.#clock.nowMs();
    const flags = keyUsageFlags(usages);
    const extended = extendedUsages(usages);
    const alternatives = request.extensions.filter(
      (extension) => extension instanceof SubjectAlternativeNameExtension,
    );
    const certificate = await X509CertificateGenerator.create({
      serialNumber: serialNumber(),
      subject: request.subjectName,
      issuer: this.#certificate.subjectName,
      notBefore: new Date(nowMs - BACKDATE_MS),
      notAfter: new Date(Math.min(nowMs + lifeMs, this.#certificate.notAfter.getTime())),
      signingAlgorithm: ALGORITHM,
      publicKey: request.publicKey,
      signingKey: this.#key,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        // One that names no usage would forbid them all.
        ...(flags === 0 ? [] : [new KeyUsagesExtension(flags, true)]),
        ...(extended.length > 0 ? [new ExtendedKeyUsageExtension([...extended])] : []),
        await AuthorityKeyIdentifierExtension.create(this.#certificate),
        ...alternatives,
      ],
    });
    return pemOf(certificate);
  }
}

/** 16 random bytes, positive and not zero (RFC 5280, 4.1.2.2). */
function serialNumber(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return Buffer.from(bytes).toString('hex');
}

function pemOf(certificate: X509Certificate): string {
  return `${certificate.toString('pem')}\n`;
}

async function privateKeyPem(key: CryptoKey): Promise<string> {
  return `${PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`;
}
