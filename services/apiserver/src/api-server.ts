/** The composition: store, verbs and relay behind the two doors. Everything is opened here, and closed in reverse. */
import { readFile } from 'node:fs/promises';
import { type ApiError, createProtobufCodec, loadSchema } from '@reckon/api';
import { NatsRelay } from '@reckon/eventlog';
import { type ApiServerConfig, aborted, type ServiceContext } from '@reckon/service';
import { PostgresStore, type Retention, type Store } from '@reckon/store';
import { Authenticator } from './auth/authenticator.ts';
import { withReviewKinds } from './auth/review-kinds.ts';
import { reviews } from './auth/reviews.ts';
import { ServiceAccountTokens } from './auth/service-account-tokens.ts';
import { SigningKeyFile } from './auth/signing-keys.ts';
import { bearerTokensOf } from './auth/tokens/bearer-tokens.ts';
import { bootstrap } from './bootstrap/bootstrap.ts';
import { reconcileRoles } from './bootstrap/reconcile-roles.ts';
import { pathOf } from './cache/resource-cache.ts';
import { openApiRoutes } from './discovery/openapi.ts';
import { InFlight } from './doors/in-flight.ts';
import { DoorMetrics } from './doors/metrics.ts';
import { storageMetrics } from './doors/storage-metrics.ts';
import { openGrpcDoor } from './grpc/create.ts';
import { HeadBroadcast } from './grpc/head-broadcast.ts';
import type { GrpcListener } from './grpc/listener.ts';
import { resolveRevision } from './history/resolve-revision.ts';
import { createRestDoor } from './rest/create.ts';
import { Listener } from './rest/listener.ts';
import { openKeys } from './secrets/open-keys.ts';
import { NodeDialer } from './stream/node-dialer.ts';
import { podStreams } from './stream/pod-streams.ts';
import { proxies } from './stream/proxy.ts';
import { type RunningVerbs, startVerbs } from './verbs/create-verbs.ts';
import { DEFAULT_SETTINGS } from './verbs/settings.ts';

type Context = ServiceContext<ApiServerConfig>;

/** How long requests that run may take once the server is told to stop. */
const DRAIN_MS = 8_000;
const DIAL_TIMEOUT_MS = 30_000;

/** Runs until the context's signal is aborted, then lets requests finish, ends watches and closes everything. */
export async function runApiServer(context: Context): Promise<void> {
  const server = await ApiServer.open(context);
  context.log.info('serving', { rest: server.restPort, grpc: server.grpcPort, revision: server.head });
  try {
    await aborted(context.signal);
  } finally {
    await server.close();
  }
}

interface Parts {
  readonly context: Context;
  readonly store: Store;
  readonly running: RunningVerbs;
  readonly relay: NatsRelay;
  readonly heads: HeadBroadcast;
  readonly inFlight: InFlight;
  readonly rest: Listener;
  readonly grpc: GrpcListener;
}

export class ApiServer {
  readonly #parts: Parts;
  #stopping = false;

  private constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Rejects, with everything closed again, if anything of it cannot be opened. */
  static async open(context: Context): Promise<ApiServer> {
    const { config, clock, random, log, health } = context;
    await using opened = new AsyncDisposableStack();
    const pems = await readPems(config);
    const { keys, close: closeKeys } = await openKeys(context);
    opened.defer(closeKeys);
    const store = await PostgresStore.open({
      database: { url: config.databaseUrl },
      clock,
      random,
      log: log.with({ part: 'store' }),
      keys,
      retention: retentionOf(config.retention),
    });
    opened.defer(() => store.close());
    health.addReady('postgres', async () => {
      await store.head();
    });

    const schema = loadSchema();
    const { issuer, signingKeyFile, verificationKeyFiles } = config.serviceAccounts;
    const signing = new SigningKeyFile(signingKeyFile, verificationKeyFiles);
    let running: RunningVerbs | undefined;
    let relay: NatsRelay | undefined;
    const tokens = new ServiceAccountTokens({
      ...signing.initial,
      changedKeys: () => signing.changed(),
      issuer,
      audiences: [issuer],
      clock,
      random,
      uidOf: (resource, namespace, name) =>
        running?.env.cache.resource(resource).get(pathOf({ namespace, name }))?.uid,
      confirm: async () => running?.env.cache.confirm(),
    });
    const bearerTokens = await bearerTokensOf(context, {
      tokens,
      secretOf: (name) =>
        running?.env.cache.resource('secrets').get(pathOf({ namespace: 'kube-system', name }))?.value,
    });
    running = await startVerbs({
      store,
      schema,
      clock,
      random,
      tokens,
      settings: {
        ...DEFAULT_SETTINGS,
        serviceCidr: config.cluster.serviceCidr,
        nodePorts: config.cluster.nodePortRange,
        advertise: {
          address: config.advertiseAddress,
          port: config.rest.port,
          grpcPort: config.grpc.port,
        },
        caBundle: pems.caBundle,
        apiAudiences: [issuer],
        defaultTolerationSeconds: config.defaultTolerationSeconds,
        continueTokenTtlMs: config.continueTokenSeconds * 1_000,
      },
      components: async () => [
        { name: 'nats', problem: relay?.status().trouble },
        ...(await health.ready()).filter(({ name }) => name === 'postgres'),
      ],
      onTrouble: (error: ApiError) => log.warn('the cache has trouble with the log', { error }),
    });
    const started = running;
    opened.defer(() => started.stop());
    await bootstrap(running.env);
    await reconcileRoles(running.env);

    relay = new NatsRelay({
      nats: { ...config.nats, name: config.name },
      clusterId: config.cluster.id,
      source: store,
      lock: store.leaderLock('relay'),
      clock,
    });
    relay.start();
    opened.defer(() => relay.stop());
    logTrouble(context, relay);

    const heads = new HeadBroadcast(store, clock);
    opened.defer(() => heads.stop());
    const inFlight = new InFlight(clock);
    const metrics = new DoorMetrics();
    metrics.watchInFlight(() => inFlight);
    context.metrics.addText(() => metrics.text());
    context.metrics.addText(() => storageMetrics(schema, started.env.cache));
    const authenticator = new Authenticator(bearerTokens);
    const authorizer = running.env.authority;
    const { verbs } = running;
    const answers = reviews({
      authority: authorizer,
      tokens: bearerTokens,
      confirm: () => started.env.cache.confirm(),
    });
    const dialer = new NodeDialer({
      authority: pems.clientAuthority,
      certificate: pems.ownCertificate,
      privateKey: pems.ownKey,
      connectTimeoutMs: DIAL_TIMEOUT_MS,
    });
    const door = createRestDoor({
      clock,
      random,
      verbs,
      authenticator,
      authorizer,
      resources: schema,
      protobuf: createProtobufCodec(schema),
      doorMetrics: metrics,
      inFlight,
      openapi: openApiRoutes(withReviewKinds(schema)),
      streams: new Map([
        ...podStreams({ verbs, resources: schema, dialer }),
        ...proxies({
          verbs,
          resources: schema,
          dialer,
          draw: () => random.next(),
          connectTimeoutMs: DIAL_TIMEOUT_MS,
        }),
      ]),
      serverAddress: `${config.advertiseAddress}:${config.rest.port}`,
      probes: health,
      metrics: () => context.metrics.text(),
      tokens,
      reviews: answers,
      moments: (rev) => resolveRevision(store, { kind: 'revision', rev }, clock.nowMs()),
    });
    const shown = { certificate: pems.serverCertificate, privateKey: pems.serverKey };
    const rest = await Listener.open({
      ...config.rest,
      ...shown,
      clientAuthority: pems.clientAuthority,
      handle: (exchange) => void door.handle(exchange),
    });
    opened.defer(() => rest.close());
    const grpc = await openGrpcDoor(
      { ...config.grpc, ...shown, clientAuthority: pems.clientAuthority, clock },
      {
        verbs,
        authenticator,
        authorizer,
        resources: schema,
        clock,
        random,
        metrics,
        inFlight,
        heads,
        log: store,
        reviews: answers,
        probes: health,
      },
    );
    opened.defer(() => grpc.close());
    opened.move();
    const server = new ApiServer({ context, store, running, relay, heads, inFlight, rest, grpc });
    health.addReady('shutdown', () => {
      if (server.#stopping) throw new Error('process is shutting down');
    });
    return server;
  }

  get restPort(): number {
    return this.#parts.rest.port;
  }

  get grpcPort(): number {
    return this.#parts.grpc.port;
  }

  get head(): number {
    return this.#parts.running.env.cache.head;
  }

  /** After the delay, in which only `/readyz` has changed: clients are told to go elsewhere; watches end as they end after their time; what is being written is finished. */
  async close(): Promise<void> {
    const { context, store, running, relay, heads, inFlight, rest, grpc } = this.#parts;
    this.#stopping = true;
    const { shutdownDelaySeconds = 0 } = context.config;
    if (shutdownDelaySeconds > 0) await context.clock.sleep(shutdownDelaySeconds * 1_000);
    rest.refuse();
    grpc.refuse(DRAIN_MS);
    await inFlight.drain(DRAIN_MS);
    await Promise.all([rest.close(), grpc.close()]);
    heads.stop();
    await relay.stop();
    await running.stop();
    await store.close();
  }
}

/** Without a setting everything is kept, but for superseded heartbeats. */
function retentionOf(config: ApiServerConfig['retention']): Retention {
  if (!config) return {};
  const { maxAgeSeconds, maxBytes, kinds } = config;
  return {
    maxAgeMs: maxAgeSeconds === undefined ? undefined : maxAgeSeconds * 1000,
    maxBytes,
    kinds: Object.fromEntries(kinds.map(({ resource, maxAgeSeconds: age }) => [resource, age * 1000])),
  };
}

async function readPems(config: ApiServerConfig) {
  const read = (file: string) => readFile(file, 'utf8');
  const { serverTls, tls } = config;
  return {
    serverCertificate: await read(serverTls.cert),
    serverKey: await read(serverTls.key),
    clientAuthority: await read(config.clientCa),
    caBundle: await read(config.caCertFile),
    ownCertificate: await read(tls.cert),
    ownKey: await read(tls.key),
  };
}

/** One line when distribution begins to have trouble, one when it is over; nobody waits for it. */
function logTrouble({ log }: { readonly log: Context['log'] }, relay: NatsRelay): void {
  let trouble: string | undefined;
  relay.onStatus((status) => {
    if (status.trouble === trouble) return;
    trouble = status.trouble;
    if (trouble === undefined) log.info('the event log is published again', { stream: status.stream });
    else log.warn('the event log cannot be published', { trouble });
  });
}
