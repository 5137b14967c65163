import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { publicKeyPem } from '@reckon/pki/pem.ts';
import type { Clock } from '@reckon/service';
import {
  makePrivateDirectory,
  PRIVATE_MODE,
  PUBLIC_MODE,
  readIfPresent,
  writeFileAtomically,
} from '../state/files.ts';
import { reasonToRenew } from './renewal.ts';
import {
  IDENTITIES,
  type Identity,
  type KeyPairPem,
  nodeIdentity,
  type SubjectAlternative,
} from './types.ts';

/** Paths of everything in `pki/`. */
export interface PkiFiles {
  readonly caCert: string;
  /** Of the authority: read by what signs, nothing else. */
  readonly caKey: string;
  readonly server: CertificateFiles;
  readonly clients: { readonly [name in keyof typeof IDENTITIES]: CertificateFiles };
  readonly serviceAccountKey: string;
  readonly serviceAccountPublicKey: string;
  readonly secretsKey: string;
  /** Of a node, or with `{node}` as its name: the pattern that a hollow agent fills in. */
  node(name: string): CertificateFiles;
}

export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

export interface PkiNeeds {
  readonly clusterId: string;
  /** Names and addresses of the two doors. */
  readonly server: readonly SubjectAlternative[];
  /** Nodes with the address that the API server dials them at. */
  readonly nodes: readonly { readonly name: string; readonly address: string }[];
  readonly clock: Clock;
}

export function pkiFiles(dir: string): PkiFiles {
  const pair = (name: string): CertificateFiles => ({
    cert: join(dir, `${name}.crt`),
    key: join(dir, `${name}.key`),
  });
  return {
    caCert: join(dir, 'ca.crt'),
    caKey: join(dir, 'ca.key'),
    server: pair('server'),
    clients: {
      apiserver: pair('apiserver'),
      scheduler: pair('scheduler'),
      'controller-manager': pair('controller-manager'),
      admin: pair('admin'),
    },
    serviceAccountKey: join(dir, 'service-account.key'),
    serviceAccountPublicKey: join(dir, 'service-account.pub'),
    secretsKey: join(dir, 'secrets.key'),
    node: (name) => pair(join('nodes', name)),
  };
}

/**
 * Makes what is missing, and issues again what expires soon or speaks for fewer names than it should. Keys that data
 * depends on (the authority's, the one of ServiceAccount tokens, the one that wraps Secrets) are never replaced here.
 *
 * @returns a sentence for each certificate that was issued.
 */
export async function ensurePki(dir: string, needs: PkiNeeds): Promise<readonly string[]> {
  makePrivateDirectory(dir);
  mkdirSync(join(dir, 'nodes'), { recursive: true, mode: 0o700 });
  const files = pkiFiles(dir);
  ensureServiceAccountKey(files);
  if (!existsSync(files.secretsKey))
    writeFileAtomically(files.secretsKey, `${randomBytes(32).toString('base64')}\n`);

  const issuer = await ensureAuthority(dir, needs);
  const notes: string[] = [];
  const ensure = async (
    target: CertificateFiles,
    identity: Identity,
    usages: readonly ('client' | 'server')[],
    alternatives: readonly SubjectAlternative[] = [],
  ) => {
    const present = existsSync(target.key) ? readIfPresent(target.cert) : undefined;
    const reason =
      present === undefined ? 'it is new' : reasonToRenew(present, issuer.caCert, alternatives, needs.clock);
    if (reason === undefined) return;
    const pair = await issuer.issue({ identity, usages, alternatives });
    writePair(target, pair);
    notes.push(`issued a certificate for ${identity.commonName}: ${reason}`);
  };

  await ensure(files.server, { commonName: 'kube-apiserver', organizations: [] }, ['server'], needs.server);
  for (const [name, identity] of Object.entries(IDENTITIES))
    await ensure(files.clients[name as keyof typeof IDENTITIES], identity, ['client']);
  for (const { name, address } of needs.nodes)
    await ensure(
      files.node(name),
      nodeIdentity(name),
      ['client', 'server'],
      [
        { type: 'dns', value: name },
        { type: 'ip', value: address },
      ],
    );
  return notes;
}

interface Issuer {
  readonly caCert: string;
  issue(request: {
    readonly identity: Identity;
    readonly usages: readonly ('client' | 'server')[];
    readonly alternatives: readonly SubjectAlternative[];
  }): Promise<KeyPairPem>;
}

/** The library that writes certificates is loaded only when one has to be written: most starts need none. */
async function ensureAuthority(dir: string, needs: PkiNeeds): Promise<Issuer> {
  const files = { cert: join(dir, 'ca.crt'), key: join(dir, 'ca.key') };
  let cert = readIfPresent(files.cert);
  let key = readIfPresent(files.key);
  if (cert === undefined || key === undefined) {
    const { Authority } = await import('@reckon/pki');
    ({ cert, key } = await Authority.create(`reckon-${needs.clusterId}`, needs.clock));
    writePair(files, { cert, key });
  }
  const pair: KeyPairPem = { cert, key };
  return {
    caCert: cert,
    async issue(request) {
      const { Authority } = await import('@reckon/pki');
      return (await Authority.load(pair, needs.clock)).issue(request);
    },
  };
}

function writePair(files: CertificateFiles, pair: KeyPairPem): void {
  writeFileAtomically(files.key, pair.key, PRIVATE_MODE);
  writeFileAtomically(files.cert, pair.cert, PUBLIC_MODE);
}

function ensureServiceAccountKey(files: PkiFiles): void {
  if (existsSync(files.serviceAccountKey)) return;
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileAtomically(files.serviceAccountPublicKey, publicKeyPem(publicKey), PUBLIC_MODE);
  const privatePem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  writeFileAtomically(files.serviceAccountKey, privatePem);
}
