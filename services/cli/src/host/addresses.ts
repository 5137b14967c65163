import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { CliError } from '../errors.ts';

/** The address with this number in a network: `10.96.0.0/16`, 10 → `10.96.0.10`. */
export function addressIn(cidr: string, number: number): string {
  const [base = ''] = cidr.split('/');
  return dotted(numeric(base) + number);
}

/** The usual networks of pods and Services (kubeadm's), and how many neighbours of both there are to move to. */
const POD_NETWORK_SECOND_OCTET = 244;
const SERVICE_NETWORK_SECOND_OCTET = 96;
const NETWORK_CHOICES = 11;

/**
 * 10.244.0.0/16 and 10.96.0.0/16, or the next pair if another cluster's pods are routed here already, or its Services
 * translated: also those of a cluster whose state was deleted under it, whose nft table is still there.
 */
export function freeClusterNetworks(): { readonly podCidr: string; readonly serviceCidr: string } {
  const isFree = isFreeNetwork();
  const candidates = Array.from({ length: NETWORK_CHOICES }, (_, shift) => ({
    podCidr: `10.${POD_NETWORK_SECOND_OCTET + shift}.0.0/16`,
    serviceCidr: `10.${SERVICE_NETWORK_SECOND_OCTET + shift}.0.0/16`,
  }));
  const chosen = candidates.find(({ podCidr, serviceCidr }) => isFree(podCidr) && isFree(serviceCidr));
  if (chosen) return chosen;
  throw new CliError(
    'every usual network for pods is routed on this machine already',
    'name others with --pod-cidr and --service-cidr',
  );
}

const NODE_NETWORKS_FIRST = '172.30.0.0';
const NODE_NETWORKS = 256;

/** A private /24 that no interface and no route of this machine has anything to do with. */
export function freeNodeCidr(): string {
  const isFree = isFreeNetwork();
  for (let candidate = 0; candidate < NODE_NETWORKS; candidate++) {
    const cidr = `${addressIn(NODE_NETWORKS_FIRST, candidate * 256)}/24`;
    if (isFree(cidr)) return cidr;
  }
  throw new CliError('every network for further nodes is routed on this machine already');
}

/** Tells of a network whether anything on this machine, as it is now, has to do with it. */
export function isFreeNetwork(): (cidr: string) => boolean {
  const taken = [...interfaceNetworks(), ...routes(), ...translatedNetworks()];
  return (cidr) => {
    const { first, last } = rangeOf(cidr);
    return taken.every((network) => network.last < first || network.first > last);
  };
}

interface Range {
  readonly first: number;
  readonly last: number;
}

function interfaceNetworks(): readonly Range[] {
  return Object.values(networkInterfaces()).flatMap((addresses) =>
    (addresses ?? []).flatMap(({ family, cidr }) => (family === 'IPv4' && cidr ? [rangeOf(cidr)] : [])),
  );
}

/** Not the default route, which everything is part of. */
function routes(): readonly Range[] {
  if (process.platform !== 'linux') return [];
  return readFileSync('/proc/net/route', 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, destination = '', , , , , , mask = ''] = line.split('\t');
      const [base, bits] = [littleEndian(destination), littleEndian(mask)];
      return bits === 0 ? [] : [{ first: base, last: base + (2 ** 32 - 1 - bits) }];
    });
}

/** Every address and network that the tables of clusters name. */
function translatedNetworks(): readonly Range[] {
  // Without the program, or the right to ask, there is no table.
  const { stdout } = spawnSync('nft', ['list', 'ruleset'], { encoding: 'utf8', maxBuffer: 2 ** 28 });
  return (stdout ?? '')
    .split(/^table /m)
    .filter((table) => /^\w+ reckon-/.test(table))
    .flatMap((table) => table.match(/\b\d+\.\d+\.\d+\.\d+(\/\d+)?\b/g) ?? [])
    .filter((address) => !address.startsWith('127.'))
    .map(rangeOf);
}

function rangeOf(cidr: string): Range {
  const [address = '', length = '32'] = cidr.split('/');
  const size = 2 ** (32 - Number(length));
  const first = Math.floor(numeric(address) / size) * size;
  return { first, last: first + size - 1 };
}

/** `0002000A` → 10.0.2.0 as a number: the kernel prints addresses as it keeps them (proc(5)). */
function littleEndian(hex: string): number {
  return Buffer.from(hex, 'hex').reverse().readUInt32BE();
}

function numeric(address: string): number {
  return address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
}

function dotted(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}
