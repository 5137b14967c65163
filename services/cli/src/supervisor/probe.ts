import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { createConnection, type Socket } from 'node:net';
import { assertNever } from '../assert-never.ts';
import type { ReadyProbe } from './types.ts';

const TIMEOUT_MS = 2_000;

/** Why the component with this process id is not ready yet; undefined if it is. */
export async function whyNotReady(probe: ReadyProbe, pid: number | undefined): Promise<string | undefined> {
  try {
    switch (probe.type) {
      case 'health': {
        const { status, body } = await get(probe.socket, '/readyz');
        return status === 200 ? undefined : failedChecks(body);
      }
      case 'postmaster': {
        const lines = (await readFile(probe.pidFile, 'utf8')).trimEnd().split('\n');
        // What a killed one left would say so, too.
        if (lines[0]?.trim() !== String(pid)) return 'Postgres has not begun to start';
        return lines[7]?.trim() === 'ready' ? undefined : `Postgres is ${lines[7]?.trim() ?? 'starting'}`;
      }
      case 'greeting':
        return await greeting(createConnection({ host: probe.host, port: probe.port }), probe.text);
      case 'socket':
        return await connected(createConnection({ path: probe.path }));
      default:
        return assertNever(probe);
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Why a running component is to be started anew; undefined if it lives, or cannot be asked. */
export async function whyNotLive(probe: ReadyProbe): Promise<string | undefined> {
  if (probe.type !== 'health') return undefined;
  try {
    const { status, body } = await get(probe.socket, '/healthz');
    return status === 200 ? undefined : failedChecks(body);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** One request over a unix socket. */
export function get(socketPath: string, path: string, method: 'GET' | 'POST' = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { socketPath, path, method, agent: false, timeout: method === 'GET' ? TIMEOUT_MS : 0 },
      (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          body += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
        response.on('error', reject);
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
    outgoing.on('error', reject);
    outgoing.end();
  });
}

/** `cache: not synced; nats: gone` of an answer with one line a check. */
function failedChecks(body: string): string {
  const failed = body
    .split('\n')
    .filter((line) => line.startsWith('[-]'))
    .map((line) => line.slice(3).replace(' failed', ''));
  return failed.join('; ') || body.trim();
}

function connected(socket: Socket): Promise<undefined> {
  return new Promise((resolve, reject) => {
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error(`no connection within ${TIMEOUT_MS} ms`)));
    socket.on('error', reject);
    socket.on('connect', () => {
      socket.destroy();
      resolve(undefined);
    });
  });
}

function greeting(socket: Socket, text: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    let received = '';
    socket.setEncoding('latin1');
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error(`no greeting within ${TIMEOUT_MS} ms`)));
    socket.on('error', reject);
    socket.on('close', () => resolve(`greets with ${JSON.stringify(received.slice(0, 40))}`));
    socket.on('data', (chunk: string) => {
      received += chunk;
      if (received.length < text.length) return;
      socket.destroy();
      resolve(received.startsWith(text) ? undefined : `greets with ${JSON.stringify(received.slice(0, 40))}`);
    });
  });
}
