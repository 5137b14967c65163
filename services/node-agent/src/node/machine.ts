import { readFile, statfs } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';

/** What a machine is: read once, it changes only with a reboot. */
export interface MachineFacts {
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
  readonly machineId: string;
  readonly systemUuid: string;
  /** Another one after each boot. */
  readonly bootId: string;
  readonly kernelVersion: string;
  readonly osImage: string;
  /** As Go and Kubernetes name it. */
  readonly architecture: string;
}

/** What the machine has left at this moment. */
export interface MachinePressure {
  readonly memoryAvailableBytes: number;
  readonly diskAvailableBytes: number;
  readonly diskBytes: number;
  readonly pids: number;
  readonly maxPids: number;
}

const ARCHITECTURES: Readonly<Record<string, string>> = {
  x64: 'amd64',
  arm64: 'arm64',
  arm: 'arm',
  s390x: 's390x',
};

export async function readMachine(stateDir: string): Promise<MachineFacts> {
  const [machineId, systemUuid, bootId, kernelVersion, osRelease, disk] = await Promise.all([
    textOf('/etc/machine-id'),
    textOf('/sys/class/dmi/id/product_uuid'),
    textOf('/proc/sys/kernel/random/boot_id'),
    textOf('/proc/sys/kernel/osrelease'),
    textOf('/etc/os-release'),
    statfs(stateDir),
  ]);
  return {
    cpus: availableParallelism(),
    memoryBytes: totalmem(),
    diskBytes: disk.blocks * disk.bsize,
    machineId,
    systemUuid: systemUuid || machineId,
    bootId,
    kernelVersion,
    osImage: /^PRETTY_NAME="?([^"\n]*)/m.exec(osRelease)?.[1] ?? 'Linux',
    architecture: ARCHITECTURES[process.arch] ?? process.arch,
  };
}

export async function readPressure(stateDir: string): Promise<MachinePressure> {
  const [memory, disk, load, maxPids] = await Promise.all([
    textOf('/proc/meminfo'),
    statfs(stateDir),
    textOf('/proc/loadavg'),
    textOf('/proc/sys/kernel/pid_max'),
  ]);
  const availableKiB = Number(/^MemAvailable:\s+(\d+)/m.exec(memory)?.[1] ?? 0);
  return {
    memoryAvailableBytes: availableKiB * 1024,
    diskAvailableBytes: disk.bavail * disk.bsize,
    diskBytes: disk.blocks * disk.bsize,
    pids: Number(/\/(\d+) /.exec(load)?.[1] ?? 0),
    maxPids: Number(maxPids) || 32_768,
  };
}

/** Empty if there is no such file: not every machine has all of them. */
async function textOf(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch {
    return '';
  }
}
