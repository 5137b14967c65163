/** A REST door over the in-memory verbs on a real TLS port, and a plain client for it. */
import type { ClientRequest } from 'node:http';
import { request } from 'node:https';
import { badRequest, createProtobufCodec, loadSchema } from '@reckon/api';
import { systemClock, systemRandom } from '@reckon/service';
import { Authenticator } from '../../auth/authenticator.ts';
import { reviews } from '../../auth/reviews.ts';
import { ServiceAccountTokens } from '../../auth/service-account-tokens.ts';
import { granted, testAuthority } from '../../auth/testing/test-authority.ts';
import { createRestDoor, type RestParts } from '../../rest/create.ts';
import { Listener } from '../../rest/listener.ts';
import { InFlight } from '../in-flight.ts';
import { DoorMetrics } from '../metrics.ts';
import { Answer } from './answer.ts';
import { MemoryVerbs } from './memory-verbs.ts';
import { newKeys, type Pem, privateKeyPem, TestAuthority } from './pki.ts';

export interface Call {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Undefined: the administrator. Null: nobody. */
  readonly as?: Pem | null;
}

/** The account of a shop reads the ConfigMaps of its namespace. */
const SHOP = granted('shop', 'system:serviceaccount:shop:cart', {
  verbs: ['get', 'list', 'watch'],
  apiGroups: [''],
  resources: ['configmaps'],
});

/** May read everything of pods, their streams included, and nothing more: `get` is not enough to act in a pod. */
const STREAM_READER = granted('default', 'stream-reader', {
  verbs: ['get', 'list', 'watch'],
  apiGroups: [''],
  resources: ['pods', 'pods/log', 'pods/exec'],
});

export class RestTestServer {
  readonly verbs: MemoryVerbs;
  readonly authority: TestAuthority;
  readonly admin: Pem;
  readonly tokens: ServiceAccountTokens;
  readonly listener: Listener;
  readonly inFlight: InFlight;
  readonly metrics: DoorMetrics;
  /** What tokens' subjects are looked up in: `pods/ns/name` → uid. */
  readonly uids: Map<string, string>;

  private constructor(fields: {
    readonly verbs: MemoryVerbs;
    readonly authority: TestAuthority;
    readonly admin: Pem;
    readonly tokens: ServiceAccountTokens;
    readonly listener: Listener;
    readonly inFlight: InFlight;
    readonly metrics: DoorMetrics;
    readonly uids: Map<string, string>;
  }) {
    this.verbs = fields.verbs;
    this.authority = fields.authority;
    this.admin = fields.admin;
    this.tokens = fields.tokens;
    this.listener = fields.listener;
    this.inFlight = fields.inFlight;
    this.metrics = fields.metrics;
    this.uids = fields.uids;
  }

  static async start(
    more: (base: {
      readonly verbs: MemoryVerbs;
      readonly authority: TestAuthority;
    }) => Partial<RestParts> = () => ({}),
  ): Promise<RestTestServer> {
    const authority = await TestAuthority.create();
    const admin = await authority.client('kubernetes-admin', 'system:masters');
    const server = await authority.server('127.0.0.1', 'localhost');
    const uids = new Map<string, string>();
    const tokens = new ServiceAccountTokens({
      privateKeyPem: await privateKeyPem(await newKeys()),
      verificationKeysPem: [],
      issuer: 'https://kubernetes.default.svc.cluster.local',
      audiences: ['https://kubernetes.default.svc.cluster.local'],
      clock: systemClock,
      random: systemRandom,
      uidOf: (resource, namespace, name) => uids.get(`${resource}/${namespace}/${name}`),
      confirm: async () => {},
    });
    const verbs = new MemoryVerbs();
    const metrics = new DoorMetrics();
    const inFlight = new InFlight(systemClock);
    const { authorizer } = testAuthority(...SHOP, ...STREAM_READER);
    const door = createRestDoor({
      clock: systemClock,
      random: systemRandom,
      verbs,
      authenticator: new Authenticator(tokens),
      authorizer,
      reviews: reviews({ authority: authorizer, tokens, confirm: async () => {} }),
      resources: loadSchema(),
      protobuf: createProtobufCodec(loadSchema()),
      doorMetrics: metrics,
      inFlight,
      openapi: () => undefined,
      streams: new Map(),
      serverAddress: '127.0.0.1:6443',
      probes: { live: async () => [], ready: async () => [] },
      metrics: async () => metrics.text(),
      tokens,
      moments: async (rev) => {
        if (rev > verbs.rev) throw badRequest(`revision ${rev} is in the future`);
        return { rev, atMs: Date.UTC(2026, 0, 1) };
      },
      ...more({ verbs, authority }),
    });
    const listener = await Listener.open({
      host: '127.0.0.1',
      port: 0,
      certificate: server.certificate,
      privateKey: server.privateKey,
      clientAuthority: authority.certificate,
      handle: (exchange) => void door.handle(exchange),
    });
    return new RestTestServer({ verbs, authority, admin, tokens, listener, inFlight, metrics, uids });
  }

  async stop(): Promise<void> {
    const drained = this.inFlight.drain(2_000);
    await this.listener.close();
    await drained;
  }

  /** Starts a request and leaves it open. */
  open(path: string, call: Call = {}): ClientRequest {
    const pem = call.as === undefined ? this.admin : call.as;
    return request({
      host: '127.0.0.1',
      port: this.listener.port,
      path,
      method: call.method ?? 'GET',
      headers: call.headers,
      ca: this.authority.certificate,
      agent: false,
      ...(pem ? { cert: pem.certificate, key: pem.privateKey } : {}),
    });
  }

  call(path: string, call: Call = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const sent = this.open(path, call);
      sent.on('error', reject);
      sent.on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          resolve(new Answer(response, Buffer.concat(chunks)));
        });
      });
      sent.end(call.body);
    });
  }
}
