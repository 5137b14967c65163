import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { systemClock } from '@reckon/service';
import { isMissing } from '../state/files.ts';
import { commandLine, identify, isAlive, type ProcessIdentity, processIds, signal } from './processes.ts';

/** Something of a cluster that is on this machine outside its state directory. */
export interface Remnant {
  readonly kind: 'process' | 'mount' | 'network interface' | 'network namespace' | 'nft table' | 'cgroup';
  /** For people, and to remove it by. */
  readonly name: string;
  readonly process?: ProcessIdentity;
}

export interface RemnantOwner {
  readonly clusterId: string;
  /** Whatever is mounted or runs from below these belongs to the cluster. */
  readonly directories: readonly string[];
}

const run = promisify(execFile);
const CGROUP_ROOT = '/sys/fs/cgroup';

/** Everything on this machine that bears the cluster's name: what `down` must leave empty. */
export async function findRemnants(owner: RemnantOwner): Promise<readonly Remnant[]> {
  if (process.platform !== 'linux') return [];
  return [
    ...processesOf(owner),
    ...mountsOf(owner),
    ...interfacesOf(owner),
    ...namespacesOf(owner),
    ...(await tablesOf(owner)),
    ...cgroupsOf(owner),
  ];
}

/**
 * Removes what is left, in the order in which one thing holds another, and says what could not be removed.
 */
export async function removeRemnants(owner: RemnantOwner): Promise<readonly Remnant[]> {
  if (process.platform !== 'linux') return [];
  await killAll(processesOf(owner));
  // The last mounted lies on top.
  for (const { name } of mountsOf(owner).toReversed()) await attempt('umount', ['--lazy', name]);
  for (const { name } of interfacesOf(owner)) await attempt('ip', ['link', 'delete', name]);
  for (const { name } of namespacesOf(owner)) await attempt('ip', ['netns', 'delete', name]);
  for (const { name } of await tablesOf(owner)) await attempt('nft', ['delete', 'table', ...name.split(' ')]);
  for (const { name } of cgroupsOf(owner)) removeCgroup(name);
  forgetCniResults(owner);
  return findRemnants(owner);
}

/** A failure shows in what is found afterwards: nothing is lost by going on. */
async function attempt(program: string, args: readonly string[]): Promise<void> {
  try {
    await run(program, args);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
  }
}

/** Shims, which outlive their containerd on purpose, and whatever runs in the cluster's cgroups. */
function processesOf(owner: RemnantOwner): readonly Remnant[] {
  const contained = new Set(cgroupsOf(owner).flatMap(({ name }) => membersOf(name)));
  return processIds().flatMap((pid): Remnant[] => {
    const command = commandLine(pid);
    if (command === undefined) return [];
    const isShim =
      command.includes('containerd-shim') && owner.directories.some((path) => command.includes(`${path}/`));
    if (!isShim && !contained.has(pid)) return [];
    const identity = identify(pid);
    return identity ? [{ kind: 'process', name: `${pid} (${command.slice(0, 80)})`, process: identity }] : [];
  });
}

const KILL_TIMEOUT_MS = 5_000;

async function killAll(remnants: readonly Remnant[]): Promise<void> {
  const identities = remnants.flatMap(({ process }) => (process ? [process] : []));
  for (const identity of identities) signal(identity, 'SIGKILL');
  const startedMs = systemClock.monotonicMs();
  while (identities.some(isAlive) && systemClock.monotonicMs() - startedMs < KILL_TIMEOUT_MS)
    await systemClock.sleep(20);
}

function mountsOf(owner: RemnantOwner): readonly Remnant[] {
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => unescapeMount(line.split(' ')[1] ?? ''))
    .filter((path) => owner.directories.some((directory) => path.startsWith(`${directory}/`)))
    .map((name) => ({ kind: 'mount', name }));
}

/** Spaces and the like are written as octal (proc(5)). */
function unescapeMount(path: string): string {
  return path.replaceAll(/\\([0-7]{3})/g, (_all, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}

/** Bridges and veth ends on the host's side have the cluster's id in their names. */
function interfacesOf(owner: RemnantOwner): readonly Remnant[] {
  const names = existsSync('/sys/class/net')
    ? readdirSync('/sys/class/net')
    : Object.keys(networkInterfaces());
  return names
    .filter((name) => name.includes(owner.clusterId))
    .map((name) => ({ kind: 'network interface', name }));
}

function namespacesOf(owner: RemnantOwner): readonly Remnant[] {
  return listDirectory('/run/netns')
    .filter((name) => name.startsWith(`reckon-${owner.clusterId}`))
    .map((name) => ({ kind: 'network namespace', name }));
}

async function tablesOf(owner: RemnantOwner): Promise<readonly Remnant[]> {
  let listing: string;
  try {
    ({ stdout: listing } = await run('nft', ['list', 'tables']));
  } catch (error) {
    // Without the program, or the right to ask, no table can be ours.
    if (error instanceof Error && 'code' in error) return [];
    throw error;
  }
  return listing
    .split('\n')
    .map((line) => line.replace(/^table /, '').trim())
    .filter((table) => table.split(' ')[1]?.startsWith(`reckon-${owner.clusterId}`))
    .map((name) => ({ kind: 'nft table', name }));
}

/** Deepest first. With version 1 there is one hierarchy a controller; with version 2 one for all. */
function cgroupsOf(owner: RemnantOwner): readonly Remnant[] {
  const hierarchies = existsSync(join(CGROUP_ROOT, 'cgroup.controllers'))
    ? [CGROUP_ROOT]
    : listDirectory(CGROUP_ROOT).map((name) => join(CGROUP_ROOT, name));
  return hierarchies
    .map((hierarchy) => join(hierarchy, `reckon-${owner.clusterId}`))
    .filter((path) => existsSync(path))
    .flatMap(withDescendants)
    .map((name) => ({ kind: 'cgroup', name }));
}

function withDescendants(directory: string): readonly string[] {
  const children = readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => withDescendants(join(directory, entry.name)));
  return [...children, directory];
}

function membersOf(cgroup: string): readonly number[] {
  try {
    return readFileSync(join(cgroup, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

function removeCgroup(path: string): void {
  try {
    const kill = join(path, 'cgroup.kill');
    if (existsSync(kill)) writeFileSync(kill, '1');
    rmdirSync(path);
  } catch (error) {
    // Still in use: it shows in what is found afterwards.
    if (!(error instanceof Error && 'code' in error)) throw error;
  }
}

const CNI_RESULTS = '/var/lib/cni/results';

/**
 * libcni remembers here what it gave to each container, whatever the runtime's own directory is; what it gave to
 * containers that were killed with their runtime is nobody's any more. Named NETWORK-CONTAINER-INTERFACE.
 */
function forgetCniResults(owner: RemnantOwner): void {
  const results = listDirectory(CNI_RESULTS);
  const containers = results.flatMap(
    (name) => new RegExp(`^rk${owner.clusterId}[^-]*-([^-]+)-`).exec(name)?.[1] ?? [],
  );
  for (const name of results)
    if (containers.some((container) => name.includes(`-${container}-`)))
      rmSync(join(CNI_RESULTS, name), { force: true });
}

function listDirectory(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
