import { spawn } from 'node:child_process';
import { closeSync, openSync, rmSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@reckon/service';
import { CliError } from '../errors.ts';
import { identify, isAlive, type ProcessIdentity, signal } from '../host/processes.ts';
import { linesOf } from '../output/lines.ts';
import { readIfPresent } from '../state/files.ts';
import type { Layout } from '../state/layout.ts';
import { get } from './probe.ts';
import type { SupervisorStatus } from './types.ts';

/** The supervisor of a state directory, if one runs. */
export function runningSupervisor(layout: Layout): ProcessIdentity | undefined {
  const source = readIfPresent(layout.supervisorFile);
  if (source === undefined) return undefined;
  const identity: ProcessIdentity = JSON.parse(source);
  return isAlive(identity) ? identity : undefined;
}

/** Starts one that outlives this process. Resolves once it answers. */
export async function startSupervisor(layout: Layout): Promise<void> {
  rmSync(layout.supervisorSocket, { force: true });
  const output = openSync(layout.log('supervisor'), 'a', 0o640);
  const child = spawn(process.execPath, [fileURLToPath(new URL('./main.ts', import.meta.url)), layout.root], {
    cwd: '/',
    stdio: ['ignore', output, output],
    detached: true,
  });
  closeSync(output);
  child.unref();
  const identity = child.pid === undefined ? undefined : identify(child.pid);
  while (!(await answers(layout))) {
    if (!identity || !isAlive(identity))
      throw new CliError('the supervisor ended at once', `its log says why: ${layout.log('supervisor')}`);
    await systemClock.sleep(20);
  }
}

export async function supervisorStatus(layout: Layout): Promise<SupervisorStatus> {
  const { body } = await get(layout.supervisorSocket, '/status');
  return JSON.parse(body);
}

/** The status now and after every change; ends when the supervisor does. */
export async function* watchSupervisor(layout: Layout, signal: AbortSignal): AsyncIterable<SupervisorStatus> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request({ socketPath: layout.supervisorSocket, path: '/watch', agent: false, signal }, resolve)
      .on('error', reject)
      .end();
  });
  for await (const line of linesOf(response, signal)) yield JSON.parse(line);
}

/** Stops these components, and before each of them whatever comes after it. Resolves when they are gone. */
export async function stopComponents(layout: Layout, names: readonly string[]): Promise<void> {
  await get(layout.supervisorSocket, `/stop?names=${names.join(',')}`, 'POST');
}

/** Stops everything and the supervisor itself. Resolves when it is gone. */
export async function shutdownSupervisor(layout: Layout, identity: ProcessIdentity): Promise<void> {
  await get(layout.supervisorSocket, '/shutdown', 'POST').catch(() => signal(identity, 'SIGTERM'));
  while (isAlive(identity)) await systemClock.sleep(20);
}

async function answers(layout: Layout): Promise<boolean> {
  try {
    await supervisorStatus(layout);
    return true;
  } catch {
    return false;
  }
}
