import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, open, readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pid } from 'node:process';
import { promisify } from 'node:util';
import { systemClock } from '@reckon/service';
import { containerdConfigToml } from '../containerd/config.ts';
import { ContainerdRuntime } from '../containerd/runtime.ts';
import { importImage } from '../image/import.ts';
import { PAUSE_IMAGE, pauseArchive } from '../image/pause.ts';
import { busyboxArchive } from './busybox.ts';
import { bridgeConflist } from './conflist.ts';

/** Why real containers cannot be had here; undefined if they can. For the `skip` option of tests. */
export function whyNoContainerd(): string | undefined {
  if (process.platform !== 'linux') return 'containers need Linux';
  if (process.getuid?.() !== 0) return 'containers need root';
  for (const path of ['/usr/bin/containerd', '/usr/sbin/runc', '/usr/bin/catatonit', '/bin/busybox']) {
    if (!existsSync(path)) return `${path} is not installed`;
  }
  return undefined;
}

/** A containerd of one's own, with its state, network and images, that leaves nothing behind. */
export interface TestContainerd {
  readonly dir: string;
  readonly socket: string;
  readonly cniConfDir: string;
  readonly bridge: string;
  /** Parent for the cgroups of pods; removed at the end. */
  readonly cgroupRoot: string;
  readonly runtime: ContainerdRuntime;
  readonly pid: number;
  /** What containerd wrote so far. */
  log(): Promise<string>;
  /** Kills it and starts it again on the same state. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface TestContainerdOptions {
  /** At most 8 letters: names the directory and the bridge. */
  readonly name: string;
  /** Third octet of the pods' network 10.199.X.0/24. */
  readonly subnet: number;
  readonly images?: readonly Buffer[] | undefined;
}

export async function startContainerd(options: TestContainerdOptions): Promise<TestContainerd> {
  // Not like the uid of a pod, NAME-NUMBER, for which tests search the machine.
  const dir = await mkdtemp(`/tmp/node-${options.name}_`);
  const socket = join(dir, 'containerd.sock');
  const cniConfDir = join(dir, 'cni');
  const bridge = `rkt-${options.name}`;
  const stateDir = join(dir, 'state');
  // Of this process alone: what another run left there would be taken for pods of ours.
  const cgroupRoot = `/rkt-test-${options.name}_${pid}`;
  await mkdir(cniConfDir);
  const network = { bridge, subnet: `10.199.${options.subnet}.0/24`, dataDir: join(dir, 'ipam') };
  await writeFile(join(cniConfDir, '10-test.conflist'), bridgeConflist(network));
  await writeFile(
    join(dir, 'config.toml'),
    containerdConfigToml({
      rootDir: join(dir, 'root'),
      stateDir,
      socket,
      cniConfDir,
      cniBinDir: '/usr/lib/cni',
      sandboxImage: PAUSE_IMAGE,
      restrictOomScoreAdj: true,
    }),
  );
  const logPath = join(dir, 'containerd.log');
  let process = await launch(dir, logPath);
  const runtime = new ContainerdRuntime({ socket, clock: systemClock });
  await ready(runtime);
  const archives = [await pauseArchive(), ...(options.images ?? [await busyboxArchive()])];
  for (const [index, archive] of archives.entries()) {
    const path = join(dir, `image-${index}.tar`);
    await writeFile(path, archive);
    await importImage(socket, path);
    await rm(path);
  }
  return {
    dir,
    socket,
    cniConfDir,
    bridge,
    cgroupRoot,
    runtime,
    get pid() {
      return process.pid ?? 0;
    },
    log: () => readFile(logPath, 'utf8'),
    async restart() {
      await kill(process, 'SIGKILL');
      process = await launch(dir, logPath);
      await ready(runtime);
    },
    async stop() {
      await removeAll(runtime);
      runtime.close();
      await kill(process, 'SIGTERM');
      await promisify(execFile)('ip', ['link', 'delete', bridge]).catch(() => {});
      await unmountBelow(dir);
      await removeCgroups(cgroupRoot);
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function launch(dir: string, logPath: string): Promise<ChildProcess> {
  const log = await open(logPath, 'a');
  const child = spawn('containerd', ['--config', join(dir, 'config.toml')], {
    stdio: ['ignore', log.fd, log.fd],
    detached: true,
  });
  await log.close();
  return child;
}

async function ready(runtime: ContainerdRuntime): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      if ((await runtime.health()).runtimeReady) return;
    } catch (error) {
      if (attempt > 200) throw error;
    }
    await systemClock.sleep(25);
  }
}

async function kill(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await ended;
}

async function removeAll(runtime: ContainerdRuntime): Promise<void> {
  for (const sandbox of await runtime.listPodSandboxes()) {
    await runtime.stopPodSandbox(sandbox.id);
    await runtime.removePodSandbox(sandbox.id);
  }
}

/** Mounts that containers left because they were killed together with their runtime. */
async function unmountBelow(dir: string): Promise<void> {
  const mounts = (await readFile('/proc/self/mounts', 'utf8'))
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '');
  for (const mount of mounts.filter((path) => path.startsWith(`${dir}/`)).reverse()) {
    await promisify(execFile)('umount', ['-l', mount]).catch(() => {});
  }
}

/** In every hierarchy (cgroup v1) or in the one there is (v2). */
async function removeCgroups(root: string): Promise<void> {
  const mount = '/sys/fs/cgroup';
  const hierarchies = [mount, ...(await readdir(mount)).map((name) => join(mount, name))];
  for (const hierarchy of hierarchies) {
    const top = join(hierarchy, root);
    const found = await readdir(top, { recursive: true, withFileTypes: true }).catch(() => []);
    const below = found
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name));
    for (const directory of [top, ...below].sort().reverse()) await rmdir(directory).catch(() => {});
  }
}
