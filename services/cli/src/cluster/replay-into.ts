import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import type { Revision } from '@reckon/api';
import { freePort, silentLogger, systemClock, systemRandom } from '@reckon/service';
import {
  checkState,
  copyLog,
  differences,
  digestOfFold,
  type FoldedObject,
  foldLog,
  Ledger,
  type StateDigest,
} from '@reckon/store';
import { databaseUrl, postgresComponent, preparePostgres } from '../components/postgres.ts';
import type { Surroundings } from '../components/types.ts';
import { CliError } from '../errors.ts';
import { freeNodeCidr } from '../host/addresses.ts';
import { Gauge } from '../output/gauge.ts';
import { type ClusterSettings, newClusterId, newPassword, saveSettings } from '../state/cluster.ts';
import { writeFileAtomically } from '../state/files.ts';
import { layoutOf } from '../state/layout.ts';
import {
  runningSupervisor,
  shutdownSupervisor,
  startSupervisor,
  supervisorStatus,
} from '../supervisor/client.ts';
import { makeDirectories } from './prepare.ts';
import { planText } from './start.ts';
import { surroundingsOf } from './surroundings.ts';

export interface NewCluster {
  readonly stateDir: string;
  readonly clusterId: string;
  readonly logId: string;
}

export interface ReplayInto {
  /** Where the log is. */
  readonly around: Surroundings;
  /** The new state directory. */
  readonly root: string;
  readonly rev: Revision;
  readonly objects: ReadonlyMap<string, FoldedObject>;
  /** Of the recorded state. */
  readonly expected: StateDigest;
}

/** Nothing that is there is ever overwritten. */
export function assertRoomFor(root: string): void {
  if (existsSync(layoutOf(root).clusterFile))
    throw new CliError(
      `${root} holds a cluster already`,
      `choose another directory, or remove that cluster with: ./reckon down --purge --state ${root}`,
    );
  if (existsSync(root) && readdirSync(root).length > 0)
    throw new CliError(`${root} is not empty`, 'choose a directory that is empty or does not exist');
}

/**
 * Makes a state directory with a cluster as of a revision: the same objects, settings and keys (Secrets and tokens stay
 * readable), with a cluster id, ports, passwords and a log id of its own. It is not started. `cluster.json` comes last,
 * so that a half-made one is no cluster.
 */
export async function replayInto(options: ReplayInto): Promise<NewCluster> {
  const { around, root } = options;
  const existed = existsSync(root);
  const layout = layoutOf(root);
  const settings = await settingsFrom(around.settings);
  const target = surroundingsOf(layout, settings);
  try {
    makeDirectories(layout, settings.cluster.id);
    cpSync(around.layout.pkiDir, layout.pkiDir, { recursive: true, preserveTimestamps: true });
    await preparePostgres(target);
    const logId = await withPostgres(target, () => fill(target, options));
    saveSettings(layout, settings);
    return { stateDir: root, clusterId: settings.cluster.id, logId };
  } catch (error) {
    if (!existed) rmSync(root, { recursive: true, force: true });
    throw error;
  }
}

async function settingsFrom(source: ClusterSettings): Promise<ClusterSettings> {
  const ports = { rest: 0, grpc: 0, agent: 0, postgres: 0, nats: 0 };
  for (const name of Object.keys(ports) as (keyof typeof ports)[]) ports[name] = await freePort();
  return {
    ...source,
    cluster: { ...source.cluster, id: newClusterId() },
    nodeCidr: freeNodeCidr(),
    createdAt: new Date(systemClock.nowMs()).toISOString(),
    ports,
    passwords: { postgres: newPassword(), natsPublisher: newPassword(), natsReader: newPassword() },
    databaseUrl: undefined,
    natsUrl: undefined,
  };
}

/** Postgres alone, for as long as the work takes. */
async function withPostgres<T>(target: Surroundings, work: () => Promise<T>): Promise<T> {
  const { layout, settings } = target;
  const plan = { clusterId: settings.cluster.id, components: [postgresComponent(target)] };
  writeFileAtomically(layout.config('supervisor'), planText(plan));
  await startSupervisor(layout);
  try {
    while ((await supervisorStatus(layout)).components.some(({ phase }) => phase !== 'ready'))
      await systemClock.sleep(20);
    return await work();
  } finally {
    const supervisor = runningSupervisor(layout);
    if (supervisor) await shutdownSupervisor(layout, supervisor);
  }
}

async function fill(target: Surroundings, { around, rev, objects, expected }: ReplayInto): Promise<string> {
  const into = { url: databaseUrl(target) };
  const freshLogId = systemRandom.uuid();
  const gauge = new Gauge('wrote');
  await copyLog({
    from: { url: databaseUrl(around) },
    into,
    rev,
    objects,
    freshLogId,
    onProgress: (progress) => gauge.show(progress),
  });
  gauge.end();
  const ledger = new Ledger({ database: into, clock: systemClock, log: silentLogger });
  try {
    const folded = await foldLog(ledger, rev);
    const [broken] = [...folded.breaks, ...(await checkState(ledger, folded))];
    if (broken) throw new CliError(`what was written is not sound: ${broken.message}`);
    const paths = differences(await digestOfFold(ledger, folded.objects), expected);
    if (paths.length > 0) throw new CliError(`what was written differs: ${paths.slice(0, 5).join(', ')}`);
  } finally {
    await ledger.close();
  }
  return freshLogId;
}
