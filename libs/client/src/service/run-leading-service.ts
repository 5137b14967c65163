import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { NatsLogFeed } from '@reckon/eventlog';
import {
  aborted,
  type CommonConfig,
  type LeaderElectionConfig,
  type NatsConfig,
  type ServiceContext,
} from '@reckon/service';
import { EventRecorder } from '../controller/event-recorder.ts';
import { GrpcApi } from '../grpc/grpc-api.ts';
import { LeaderElector } from '../leader/leader-elector.ts';
import { LogProjection } from '../projection/log-projection.ts';
import type { Projection } from '../projection/types.ts';
import type { ApiClient, ResourceType } from '../types.ts';

export interface LeadingServiceConfig extends CommonConfig {
  readonly apiserver: string;
  readonly nats: NatsConfig;
  readonly leaderElection: LeaderElectionConfig;
}

export interface LeadingService {
  /** What the projection holds. */
  readonly resources: readonly ResourceType[];
  /** Of these among them no more than who they are and who owns them. */
  readonly ownersOnly?: readonly ResourceType[];
  /** Name of the Lease in `kube-system`: `kube-scheduler`. */
  readonly lease: string;
  /** Does the work of one term; ends when the term's signal is aborted. */
  lead(term: Term): Promise<void>;
}

/** What a leader works with. */
export interface Term {
  /** Has seen everything that earlier leaders wrote. */
  readonly projection: Projection;
  /** Writes only while the term holds. */
  readonly api: ApiClient;
  readonly events: EventRecorder;
  readonly signal: AbortSignal;
}

const LEASE_NAMESPACE = 'kube-system';

/**
 * The life of a service of which one process works while others stand by with a projection that is up to date:
 * connects, loads, stands for election, and leads term after term until it is told to stop.
 */
export async function runLeadingService(
  context: ServiceContext<LeadingServiceConfig>,
  service: LeadingService,
): Promise<void> {
  const { clock, config, health, log, metrics, signal } = context;
  const api = await openApi(context);
  const feed = new NatsLogFeed({ ...config.nats, name: config.name });
  const { resources, ownersOnly } = service;
  const projection = new LogProjection({ api, resources, ownersOnly, clock, feed, log });
  const events = new EventRecorder({ api, clock, log, instance: config.name });
  let loaded = false;
  health.addReady('projection', () => {
    if (!loaded) throw new Error('the cluster has not been loaded yet');
  });
  metrics.observed(
    { name: 'reckon_projection_revision', help: 'The revision of the log that this process has reached.' },
    () => projection.revision,
  );
  const stopped = aborted(signal).then(() => projection.stop());
  try {
    await projection.start();
    loaded = true;
    await leadTerms(context, service, { api, projection, events });
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    if (signal.aborted) await stopped;
    else await projection.stop();
    await events.close();
    api.close();
  }
}

async function openApi({ config, clock }: ServiceContext<LeadingServiceConfig>): Promise<GrpcApi> {
  const [ca, cert, key] = await Promise.all([
    readFile(config.tls.ca, 'utf8'),
    readFile(config.tls.cert, 'utf8'),
    readFile(config.tls.key, 'utf8'),
  ]);
  return new GrpcApi({ address: config.apiserver, tls: { ca, cert, key }, clock });
}

async function leadTerms(
  { clock, config, log, random, signal }: ServiceContext<LeadingServiceConfig>,
  service: LeadingService,
  parts: Omit<Term, 'signal'>,
): Promise<void> {
  const { leaderElection } = config;
  if (!leaderElection.enabled) {
    await service.lead({ ...parts, signal });
    return;
  }
  const elector = new LeaderElector({
    api: parts.api,
    clock,
    random,
    log,
    lease: { namespace: LEASE_NAMESPACE, name: service.lease },
    identity: `${hostname()}_${config.name}`,
    timing: leaderElection,
  });
  await elector.run(async (leadership) => {
    await parts.projection.waitFor(leadership.revision, leadership.signal);
    await service.lead({ ...parts, api: leadership.api, signal: leadership.signal });
  }, signal);
}
