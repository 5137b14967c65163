import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { containerdConfigToml } from '@reckon/cri/containerd/config.ts';
import { importImage } from '@reckon/cri/image/import.ts';
import { PAUSE_IMAGE, pauseArchive } from '@reckon/cri/image/pause.ts';
import { CliError } from '../errors.ts';
import { cniPluginDir, hasSysResource, programPath } from '../host/machine.ts';
import { writeFileAtomically } from '../state/files.ts';
import type { ComponentSpec } from '../supervisor/types.ts';
import type { NodePlan, Surroundings } from './types.ts';

export function containerdName(node: NodePlan): string {
  return node.index === 1 ? 'containerd' : `containerd-${node.index}`;
}

/** Every node has a containerd of its own, with its state below the state directory; one of the system is left alone. */
export async function prepareContainerd(around: Surroundings, node: NodePlan): Promise<void> {
  const { layout } = around;
  const paths = layout.node(node.index);
  for (const directory of [paths.containerdRoot, paths.containerdState, paths.cniConfigDir])
    mkdirSync(directory, { recursive: true, mode: 0o711 });
  writeFileAtomically(
    configFile(around, node),
    containerdConfigToml({
      rootDir: paths.containerdRoot,
      stateDir: paths.containerdState,
      socket: paths.containerdSocket,
      cniConfDir: paths.cniConfigDir,
      cniBinDir: cniPluginDir() ?? '/usr/lib/cni',
      sandboxImage: PAUSE_IMAGE,
      restrictOomScoreAdj: !hasSysResource(),
      snapshotter: (await canOverlay(paths.stateDir)) ? 'overlayfs' : 'native',
    }),
  );
}

export function containerdComponent(around: Surroundings, node: NodePlan): ComponentSpec {
  const { layout } = around;
  const paths = layout.node(node.index);
  return {
    name: containerdName(node),
    command: [...inNetns(node), 'containerd', '--config', configFile(around, node)],
    env: {},
    cwd: paths.stateDir,
    after: [],
    ready: { type: 'socket', path: paths.containerdSocket },
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 10_000,
    logFile: layout.log(containerdName(node)),
  };
}

/** The prefix of a command that runs in the node's own network. */
export function inNetns(node: NodePlan): readonly string[] {
  return node.netns === undefined ? [] : ['nsenter', `--net=/run/netns/${node.netns}`];
}

/** Loads the image that holds a pod's namespaces; without it no sandbox can be made. */
export async function loadPauseImage(around: Surroundings, node: NodePlan): Promise<void> {
  const catatonit = programPath('catatonit');
  if (catatonit === undefined)
    throw new CliError('catatonit is not installed', 'it is in the package catatonit of your distribution');
  const { layout } = around;
  mkdirSync(layout.imagesDir, { recursive: true, mode: 0o700 });
  const archive = join(layout.imagesDir, 'pause.tar');
  writeFileAtomically(archive, await pauseArchive(catatonit));
  await importImage(layout.node(node.index).containerdSocket, archive);
}

function configFile({ layout }: Surroundings, node: NodePlan): string {
  return layout.config(containerdName(node)).replace(/\.json$/, '.toml');
}

/** Tries it: whether a filesystem can carry an overlay (a container's own root often cannot) is not to be read anywhere. */
async function canOverlay(directory: string): Promise<boolean> {
  const trial = mkdtempSync(join(directory, 'overlay-'));
  const at = (name: string) => join(trial, name);
  for (const name of ['lower', 'upper', 'work', 'merged']) mkdirSync(at(name));
  try {
    const options = `lowerdir=${at('lower')},upperdir=${at('upper')},workdir=${at('work')}`;
    await promisify(execFile)('mount', ['-t', 'overlay', 'overlay', '-o', options, at('merged')]);
    await promisify(execFile)('umount', [at('merged')]);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(trial, { recursive: true, force: true });
  }
}
