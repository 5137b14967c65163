import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { NODE_ARGUMENTS, PROCESS_ENVIRONMENT } from '@reckon/service';
import type { Access } from './connection.ts';

/** A server in a process of its own. */
export interface RunningServer<Reached = Access> {
  readonly pid: number;
  readonly access: Reached;
  /** Resolves once the server has taken a line in, to what it answers. */
  tell(line: string): Promise<string>;
  stop(): Promise<void>;
}

/** Runs a program of this folder the way the launcher runs a service. Its first line says how to reach it, as JSON. */
export async function startServer<Reached = Access>(
  program: string,
  ...args: readonly string[]
): Promise<RunningServer<Reached>> {
  const child: ChildProcessByStdio<Writable, Readable, null> = spawn(
    process.execPath,
    [...NODE_ARGUMENTS, new URL(program, import.meta.url).pathname, ...args],
    { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...PROCESS_ENVIRONMENT } },
  );
  const output = createInterface({ input: child.stdout });
  const access = await new Promise<Reached>((resolve, reject) => {
    output.once('line', (line) => resolve(JSON.parse(line)));
    child.once('exit', (code) => reject(new Error(`${program} ended with ${code}`)));
  });
  return {
    pid: child.pid ?? 0,
    access,
    async tell(line) {
      const taken = new Promise<string>((resolve) => output.once('line', resolve));
      child.stdin.write(`${line}\n`);
      return taken;
    },
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.stdin.end();
      await ended;
    },
  };
}
