/** The whole API server on a real Postgres, for tests: its certificates, a kubeconfig, and what starts and stops it. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ApiServerConfig,
  DEFAULT_AUTHENTICATION,
  freePort,
  HealthChecks,
  type Logger,
  Metrics,
  silentLogger,
  systemClock,
  systemRandom,
} from '@reckon/service';
import { createDatabase } from '@reckon/store/testing/databases.ts';
import { ApiServer } from '../api-server.ts';
import { newKeys, type Pem, privateKeyPem, TestAuthority } from '../doors/testing/pki.ts';

export interface WorldOptions {
  /** Default: one that nobody listens on. */
  readonly natsUrl?: string;
  readonly log?: Logger;
  readonly restPort?: number;
  readonly grpcPort?: number;
  readonly shutdownDelaySeconds?: number;
  readonly authentication?: Partial<ApiServerConfig['authentication']>;
}

const NOBODY_LISTENS = 'nats://127.0.0.1:1';

export class ApiServerWorld {
  readonly directory: string;
  readonly authority: TestAuthority;
  readonly admin: Pem;
  readonly config: ApiServerConfig;
  server: ApiServer;
  /** Of the server that was opened last. */
  health: HealthChecks;
  readonly #log: Logger;

  private constructor(
    fields: Pick<ApiServerWorld, 'directory' | 'authority' | 'admin' | 'config' | 'server' | 'health'> & {
      readonly log: Logger;
    },
  ) {
    this.directory = fields.directory;
    this.authority = fields.authority;
    this.admin = fields.admin;
    this.config = fields.config;
    this.server = fields.server;
    this.health = fields.health;
    this.#log = fields.log;
  }

  static async start(options: WorldOptions = {}): Promise<ApiServerWorld> {
    const directory = await mkdtemp(join(tmpdir(), 'reckon-apiserver-'));
    const file = async (name: string, content: string) => {
      const path = join(directory, name);
      await writeFile(path, content, { mode: 0o600 });
      return path;
    };
    const authority = await TestAuthority.create();
    const admin = await authority.client('kubernetes-admin', 'system:masters');
    const serving = await authority.server('127.0.0.1', 'localhost');
    const own = await authority.client('system:apiserver');
    const ca = await file('ca.crt', authority.certificate);
    const config: ApiServerConfig = {
      name: 'apiserver',
      logLevel: 'info',
      healthSocket: join(directory, 'health.sock'),
      tls: { ca, cert: await file('own.crt', own.certificate), key: await file('own.key', own.privateKey) },
      cluster: {
        id: 'test',
        podCidr: '10.244.0.0/16',
        serviceCidr: '10.96.0.0/16',
        dnsIp: '10.96.0.10',
        domain: 'cluster.local',
        nodePortRange: { first: 30_000, last: 32_767 },
      },
      databaseUrl: await createDatabase(),
      nats: { url: options.natsUrl ?? NOBODY_LISTENS, user: '', password: '' },
      // The Service `kubernetes` names the ports, so that they have to be known beforehand.
      rest: { host: '127.0.0.1', port: options.restPort ?? (await freePort()) },
      grpc: { host: '127.0.0.1', port: options.grpcPort ?? (await freePort()) },
      serverTls: {
        cert: await file('server.crt', serving.certificate),
        key: await file('server.key', serving.privateKey),
      },
      clientCa: ca,
      caCertFile: ca,
      advertiseAddress: '192.0.2.10',
      secretsKeyFile: await file('secrets.key', randomBytes(32).toString('base64')),
      serviceAccounts: {
        issuer: 'https://kubernetes.default.svc.cluster.local',
        signingKeyFile: await file('sa.key', await privateKeyPem(await newKeys())),
        verificationKeyFiles: [],
      },
      authentication: { ...DEFAULT_AUTHENTICATION, ...options.authentication },
      defaultTolerationSeconds: 6,
      continueTokenSeconds: 300,
      shutdownDelaySeconds: options.shutdownDelaySeconds,
    };
    const log = options.log ?? silentLogger;
    const context = contextOf(config, log);
    const { health } = context;
    const server = await ApiServer.open(context);
    const world = new ApiServerWorld({ directory, authority, admin, config, server, health, log });
    await writeFile(world.kubeconfig, world.kubeconfigFor(admin), { mode: 0o600 });
    return world;
  }

  /** File: the administrator's. */
  get kubeconfig(): string {
    return join(this.directory, 'kubeconfig');
  }

  kubeconfigFor({ certificate, privateKey }: Pem): string {
    const base64 = (text: string) => Buffer.from(text).toString('base64');
    return JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'reckon',
      clusters: [
        {
          name: 'reckon',
          cluster: {
            server: `https://127.0.0.1:${this.server.restPort}`,
            'certificate-authority-data': base64(this.authority.certificate),
          },
        },
      ],
      users: [
        {
          name: 'admin',
          user: { 'client-certificate-data': base64(certificate), 'client-key-data': base64(privateKey) },
        },
      ],
      contexts: [{ name: 'reckon', context: { cluster: 'reckon', user: 'admin' } }],
    });
  }

  /** Stops the server and opens it again over the same database. */
  async restart(): Promise<void> {
    await this.server.close();
    const context = contextOf(this.config, this.#log);
    this.health = context.health;
    this.server = await ApiServer.open(context);
  }

  async stop(): Promise<void> {
    await this.server.close();
    await rm(this.directory, { recursive: true, force: true });
  }
}

function contextOf(config: ApiServerConfig, log: Logger) {
  return {
    name: config.name,
    config,
    clock: systemClock,
    random: systemRandom,
    log,
    metrics: new Metrics(),
    health: new HealthChecks(systemClock),
    signal: new AbortController().signal,
  };
}
