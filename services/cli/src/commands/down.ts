import { existsSync, realpathSync, rmSync } from 'node:fs';
import { stopPods } from '../cluster/stop-pods.ts';
import { CliError } from '../errors.ts';
import { findRemnants, type RemnantOwner, removeRemnants } from '../host/remains.ts';
import { LineProgress } from '../output/progress.ts';
import { loadSettings } from '../state/cluster.ts';
import { type Layout, layoutOf } from '../state/layout.ts';
import {
  runningSupervisor,
  shutdownSupervisor,
  stopComponents,
  supervisorStatus,
} from '../supervisor/client.ts';
import { stopUnsupervised } from '../supervisor/unsupervised.ts';

export interface DownOptions {
  /** The state directory goes, too. */
  readonly purge?: boolean | undefined;
  /** What running containers get between SIGTERM and SIGKILL. */
  readonly graceSeconds: number;
}

/** Stops everything of a cluster on this machine, and leaves nothing of it behind outside the state directory. */
export async function down(stateDir: string, options: DownOptions): Promise<void> {
  const layout = layoutOf(stateDir);
  const progress = new LineProgress();
  const settings = loadSettings(layout);
  if (!settings) {
    if (options.purge && existsSync(layout.root)) refuseToPurge(layout);
    progress.note(`there is no cluster in ${layout.root}`);
    return;
  }
  const owner: RemnantOwner = {
    clusterId: settings.cluster.id,
    directories: [...new Set([layout.root, resolved(layout.root), resolved(layout.runDir)])],
  };

  const supervisor = runningSupervisor(layout);
  if (supervisor) {
    const { components } = await supervisorStatus(layout);
    const runtimes = components.filter(({ name }) => name.startsWith('containerd'));
    const others = components.filter((each) => !runtimes.includes(each)).map(({ name }) => name);
    // The agents first: they would start again what is stopped next.
    await progress.step('stopped the services', () => stopComponents(layout, others));
    for (const { name, phase } of runtimes) {
      if (phase !== 'ready') continue;
      const index = Number(name.split('-')[1] ?? 1);
      const socket = layout.node(index).containerdSocket;
      await progress.step(`stopped the pods of ${name}`, () => stopPods(socket, options.graceSeconds));
    }
    await progress.step('stopped the supervisor', () => shutdownSupervisor(layout, supervisor));
  }
  await stopUnsupervised(layout);
  const left = await removeRemnants(owner);
  rmSync(resolved(layout.runDir), { recursive: true, force: true });
  if (left.length > 0)
    throw new CliError(
      `these could not be removed:\n${left.map(({ kind, name }) => `  ${kind} ${name}`).join('\n')}`,
      'see what holds them, and run ./reckon down again',
    );
  if (options.purge) {
    rmSync(layout.root, { recursive: true, force: true });
    progress.note(`removed ${layout.root}`);
  } else {
    progress.note(
      `the state stays in ${layout.root}: ./reckon up continues with it, ./reckon down --purge removes it`,
    );
  }
}

export async function remnantsOf(stateDir: string): Promise<readonly string[]> {
  const layout = layoutOf(stateDir);
  const settings = loadSettings(layout);
  if (!settings) return [];
  const directories = [layout.root, resolved(layout.root)];
  const found = await findRemnants({ clusterId: settings.cluster.id, directories });
  return found.map(({ kind, name }) => `${kind} ${name}`);
}

/** A directory that merely was named with `--state` is never removed. */
function refuseToPurge(layout: Layout): never {
  throw new CliError(
    `${layout.root} has no cluster.json: it is not a state directory of Reckon`,
    'remove it yourself if you are sure',
  );
}

function resolved(path: string): string {
  return existsSync(path) ? realpathSync(path) : path;
}
