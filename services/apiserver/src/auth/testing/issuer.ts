import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { TestAuthority } from '../../doors/testing/pki.ts';

/** A provider on loopback: its discovery document and its keys, with a certificate of its own authority. */
export class Issuer {
  readonly #server: Server;
  readonly ca: string;
  readonly url: string;
  readonly #keys = new Map<string, Awaited<ReturnType<typeof generateKeyPair>>>();
  claimedIssuer: string | undefined;
  requests: string[] = [];

  private constructor(server: Server, ca: string) {
    this.#server = server;
    this.ca = ca;
    this.url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(): Promise<Issuer> {
    const authority = await TestAuthority.create('oidc');
    const { certificate, privateKey } = await authority.server('127.0.0.1', 'localhost');
    const server = createServer({ cert: certificate, key: privateKey });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const issuer = new Issuer(server, authority.certificate);
    server.on('request', (request, response) => {
      issuer.requests.push(request.url ?? '');
      void issuer.#answer(request.url).then((document) => {
        response.statusCode = document ? 200 : 404;
        response.end(JSON.stringify(document ?? {}));
      });
    });
    return issuer;
  }

  async addKey(kid: string): Promise<void> {
    this.#keys.set(kid, await generateKeyPair('RS256'));
  }

  /** What it has signed with the key is good no more, once somebody looks. */
  dropKey(kid: string): void {
    this.#keys.delete(kid);
  }

  async token(claims: Record<string, unknown>, kid = 'k1', expires = '5m'): Promise<string> {
    const keys = this.#keys.get(kid) ?? (await generateKeyPair('RS256'));
    return new SignJWT({ iss: this.url, aud: 'reckon', sub: 'jane', ...claims })
      .setProtectedHeader({ alg: 'RS256', kid })
      .setExpirationTime(expires)
      .sign(keys.privateKey);
  }

  async #answer(url: string | undefined): Promise<object | undefined> {
    if (url === '/.well-known/openid-configuration')
      return { issuer: this.claimedIssuer ?? this.url, jwks_uri: `${this.url}/keys` };
    if (url !== '/keys') return undefined;
    const keys = [...this.#keys].map(async ([kid, { publicKey }]) => ({
      ...(await exportJWK(publicKey)),
      kid,
      alg: 'RS256',
    }));
    return { keys: await Promise.all(keys) };
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
