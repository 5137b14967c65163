import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { hostname, networkInterfaces } from 'node:os';
import { delimiter, join } from 'node:path';

/** What this machine is and can do, as far as it decides how a cluster runs on it. */

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** Why containers cannot run here; undefined if they can. */
export function whyNoContainers(): string | undefined {
  if (process.platform !== 'linux') return `containers need Linux, and this is ${process.platform}`;
  if (!isRoot()) return 'containers need root';
  const missing = ['containerd', 'runc', 'nft', 'conntrack', 'ip', 'catatonit'].filter(
    (name) => programPath(name) === undefined,
  );
  if (missing.length > 0) return `${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} not installed`;
  if (cniPluginDir() === undefined) return 'the CNI plugins are not installed';
  return undefined;
}

export function programPath(name: string): string | undefined {
  for (const directory of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(directory, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this one.
    }
  }
  return undefined;
}

export function cniPluginDir(): string | undefined {
  return ['/usr/lib/cni', '/opt/cni/bin'].find((directory) => existsSync(join(directory, 'bridge')));
}

/** capabilities(7): without it, containers cannot lower their oom_score_adj. */
export function hasSysResource(): boolean {
  return hasCapability(24);
}

function hasCapability(bit: number): boolean {
  const mask = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return mask !== undefined && ((BigInt(`0x${mask}`) >> BigInt(bit)) & 1n) === 1n;
}

/** The name of the first node: this machine's, as a DNS label in lower case. */
export function nodeNameOfMachine(): string {
  const name = hostname()
    .toLowerCase()
    .replaceAll(/[^-a-z0-9.]/g, '-')
    .replaceAll(/^[-.]+|[-.]+$/g, '');
  return name === '' || name === 'localhost' ? 'node-1' : name;
}

/** The IPv4 address that others reach this machine at: of the interface with the default route, or any other. */
export function machineAddress(): string | undefined {
  const interfaces = networkInterfaces();
  const preferred = defaultRouteInterface();
  const names = [...(preferred === undefined ? [] : [preferred]), ...Object.keys(interfaces)];
  for (const name of names)
    for (const { family, internal, address } of interfaces[name] ?? [])
      if (family === 'IPv4' && !internal && !address.startsWith('169.254.')) return address;
  return undefined;
}

function defaultRouteInterface(): string | undefined {
  if (process.platform !== 'linux') return undefined;
  const routes = readFileSync('/proc/net/route', 'utf8')
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'));
  return routes.find(
    ([, destination, , , , , , mask]) => destination === '00000000' && mask === '00000000',
  )?.[0];
}
