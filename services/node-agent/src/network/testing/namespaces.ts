/** Small networks of network namespaces for tests: real kernels' nftables without touching the host's. */
import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { promisify } from 'node:util';
import { systemClock } from '@reckon/service';

const run = promisify(execFile);

type Script = ChildProcessByStdio<Writable, Readable, null>;

export interface UdpClient {
  /** The answer to a datagram, or `nobody` if it is refused or nothing comes. */
  ask(): Promise<string>;
}

export interface Machine {
  readonly name: string;
  exec(...command: string[]): Promise<string>;
  /** Runs a script, whose arguments are `process.argv[1]` and on. Resolves when it says something for the first time; ends with the machine. */
  start(script: string, ...args: readonly string[]): Promise<void>;
  /** A UDP client that sends from one port all the time. It ends with the machine. */
  talk(address: string, port: number): Promise<UdpClient>;
  /** A TCP server that answers each connection with `text`. Resolves when it listens; ends with the machine. */
  serve(address: string, port: number, text: string): Promise<void>;
  /** What a TCP server says, or the error's code, e.g. ECONNREFUSED. */
  ask(address: string, port: number): Promise<string>;
}

export interface Lab {
  /** A namespace routed through the node: `10.x` pods and an outside client alike. */
  attach(name: string, address: string, gateway: string): Promise<Machine>;
  readonly node: Machine;
  dispose(): Promise<void>;
}

/** A node with IPv4 forwarding and nothing attached yet. `prefix` must be unique and short (names hold 15 bytes). */
export async function createLab(prefix: string): Promise<Lab> {
  const disposals: (() => Promise<void> | void)[] = [];
  const node = await createMachine(`${prefix}-node`, disposals);
  await node.exec('sysctl', '-qw', 'net.ipv4.ip_forward=1');
  let count = 0;
  return {
    node,
    async attach(name, address, gateway) {
      const machine = await createMachine(`${prefix}-${name}`, disposals);
      const veth = `v${count++}`;
      await node.exec(
        'ip',
        'link',
        'add',
        veth,
        'type',
        'veth',
        'peer',
        'name',
        'eth0',
        'netns',
        machine.name,
      );
      await node.exec('ip', 'addr', 'add', `${gateway}/32`, 'dev', veth);
      await node.exec('ip', 'link', 'set', veth, 'up');
      await node.exec('ip', 'route', 'add', `${address}/32`, 'dev', veth);
      await machine.exec('ip', 'addr', 'add', `${address}/32`, 'dev', 'eth0');
      await machine.exec('ip', 'link', 'set', 'eth0', 'up');
      await machine.exec('ip', 'route', 'add', `${gateway}/32`, 'dev', 'eth0');
      await machine.exec('ip', 'route', 'add', 'default', 'via', gateway);
      return machine;
    },
    async dispose() {
      for (const dispose of disposals.reverse()) await dispose();
    },
  };
}

const TCP_SERVER = `
  const [, address, port, text] = process.argv;
  require('net').createServer((socket) => {
    socket.on('error', () => {});
    socket.end(text + ' ' + socket.remoteAddress);
  }).listen(Number(port), address, () => console.log('up'));`;

const UDP_CLIENT = `
  const [, address, port] = process.argv;
  const socket = require('dgram').createSocket('udp4');
  socket.on('message', (text) => console.log(text.toString()));
  socket.on('error', () => console.log('nobody'));
  process.stdin.on('data', () => socket.send('?'));
  socket.connect(Number(port), address, () => console.log('up'));`;

/** Longer than any answer takes, shorter than the kernel remembers a flow. */
const SILENCE_MS = 2_000;

function udpClient({ stdin, stdout }: Script): UdpClient {
  return {
    ask: () =>
      new Promise((resolve) => {
        const answered = (text: Buffer) => {
          giveUp();
          resolve(text.toString().trim());
        };
        const giveUp = systemClock.after(SILENCE_MS, () => {
          stdout.off('data', answered);
          resolve('nobody');
        });
        stdout.once('data', answered);
        stdin.write('?');
      }),
  };
}

async function createMachine(name: string, disposals: (() => Promise<void> | void)[]): Promise<Machine> {
  await run('ip', ['netns', 'add', name]);
  disposals.push(async () => void (await run('ip', ['netns', 'delete', name])));
  const inside = (command: readonly string[]) => ['netns', 'exec', name, ...command];
  const started = (script: string, args: readonly string[]): Promise<Script> =>
    new Promise((resolve, reject) => {
      const child = spawn('ip', inside([process.execPath, '-e', script, ...args]), {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      child.stdout.once('data', () => resolve(child));
      child.once('error', reject);
      disposals.push(() => new Promise<void>((done) => child.once('exit', () => done()) && child.kill()));
    });
  const machine: Machine = {
    name,
    exec: async (...command) => (await run('ip', inside(command))).stdout,
    start: async (script, ...args) => void (await started(script, args)),
    talk: async (address, port) => udpClient(await started(UDP_CLIENT, [address, `${port}`])),
    serve: (address, port, text) => machine.start(TCP_SERVER, address, `${port}`, text),
    ask: async (address, port) => {
      const script = `const s = require('net').connect(${port}, ${JSON.stringify(address)}); let t = ''; s.on('data', d => t += d); s.on('end', () => console.log(t)); s.on('error', e => console.log(e.code)); s.setTimeout(3000, () => { console.log('ETIMEDOUT'); s.destroy() })`;
      return (await run('ip', inside([process.execPath, '-e', script]))).stdout.trim();
    },
  };
  await machine.exec('ip', 'link', 'set', 'lo', 'up');
  return machine;
}
