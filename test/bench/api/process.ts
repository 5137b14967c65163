import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { NODE_ARGUMENTS, PROCESS_ENVIRONMENT } from '@reckon/service';
import type { Access } from './connection.ts';

/** A server in a process of its own. */
export interface RunningServer {
  readonly pid: number;
  readonly access: Access;
  /** Resolves once the server has taken a line in. */
  tell(line: string): Promise<void>;
  stop(): Promise<void>;
}

/** Runs a program of this folder the way the launcher runs a service. */
export async function startServer(program: string): Promise<RunningServer> {
  const child: ChildProcessByStdio<Writable, Readable, null> = spawn(
    process.execPath,
    [...NODE_ARGUMENTS, new URL(program, import.meta.url).pathname],
    { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...PROCESS_ENVIRONMENT } },
  );
  const output = createInterface({ input: child.stdout });
  const access = await new Promise<Access>((resolve, reject) => {
    output.once('line', (line) => resolve(JSON.parse(line)));
    child.once('exit', (code) => reject(new Error(`${program} ended with ${code}`)));
  });
  return {
    pid: child.pid ?? 0,
    access,
    async tell(line) {
      const taken = new Promise((resolve) => output.once('line', resolve));
      child.stdin.write(`${line}\n`);
      await taken;
    },
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.stdin.end();
      await ended;
    },
  };
}
