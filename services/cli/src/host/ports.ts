import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { CliError } from '../errors.ts';
import { commandLine, openFiles, processIds } from './processes.ts';

export interface PortClaim {
  readonly host: string;
  readonly port: number;
  /** What it is for: `the Kubernetes API`. */
  readonly purpose: string;
  /** The option that moves it: `--port`. */
  readonly option: string;
}

/** Throws a sentence that names who holds the port. */
export async function assertPortFree(claim: PortClaim): Promise<void> {
  const problem = await tryToListen(claim.host, claim.port);
  if (problem === undefined) return;
  if (problem !== 'EADDRINUSE')
    throw new CliError(
      `cannot listen on ${claim.host}:${claim.port} for ${claim.purpose}: ${problem}`,
      `choose another port with ${claim.option}`,
    );
  const holder = portHolder(claim.port);
  throw new CliError(
    `port ${claim.port}, wanted for ${claim.purpose}, is taken by ${holder ?? 'another process'}`,
    `stop that process, or choose another port with ${claim.option}`,
  );
}

/** `process 1234 (nginx: master process)`; undefined if nobody listens or it cannot be seen. */
export function portHolder(port: number): string | undefined {
  if (process.platform !== 'linux') return undefined;
  const inodes = listeningInodes(port);
  if (inodes.size === 0) return undefined;
  for (const pid of processIds())
    if (openFiles(pid).some((target) => inodes.has(target)))
      return `process ${pid} (${commandLine(pid)?.slice(0, 120) ?? 'unknown command'})`;
  return undefined;
}

/** The error code, or undefined if the port can be had. */
function tryToListen(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve('code' in error ? String(error.code) : error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

/** `socket:[12345]` of everything that listens on the port (proc(5): /proc/net/tcp). */
function listeningInodes(port: number): ReadonlySet<string> {
  const inodes = new Set<string>();
  for (const file of ['/proc/net/tcp', '/proc/net/tcp6']) {
    let table: string;
    try {
      table = readFileSync(file, 'utf8');
    } catch {
      // A kernel without IPv6 has only one of them.
      continue;
    }
    for (const line of table.split('\n').slice(1)) {
      const fields = line.trim().split(/\s+/);
      const [, local, , state] = fields;
      const isListening = state === '0A';
      if (isListening && Number.parseInt(local?.split(':')[1] ?? '', 16) === port)
        inodes.add(`socket:[${fields[9]}]`);
    }
  }
  return inodes;
}
