import { request } from 'node:http';
import { systemClock } from '@reckon/service';

/** What one request came to. */
export type Reply = { readonly pod: string; readonly version: string } | { readonly error: string };

const TIMEOUT_MS = 5_000;

/** Asks once, on a connection of its own: each one is a new choice among the pods. */
export function ask(port: number): Promise<Reply> {
  return new Promise((resolve) => {
    const outgoing = request({ host: '127.0.0.1', port, agent: false, timeout: TIMEOUT_MS }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve(replyOf(response.statusCode, body)));
      response.on('error', (error) => resolve({ error: error.message }));
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
    outgoing.on('error', (error) => resolve({ error: error.message }));
    outgoing.end();
  });
}

export interface Tally {
  readonly total: number;
  readonly failed: readonly string[];
  /** Replies by version. */
  readonly versions: ReadonlyMap<string, number>;
}

/** Asks without pause, several at a time, while `work` is going on. */
export async function askDuring<T>(port: number, clients: number, work: () => Promise<T>): Promise<Tally> {
  const failed: string[] = [];
  const versions = new Map<string, number>();
  let total = 0;
  let going = true;
  const client = async () => {
    while (going) {
      const reply = await ask(port);
      total++;
      if ('error' in reply) failed.push(reply.error);
      else versions.set(reply.version, (versions.get(reply.version) ?? 0) + 1);
      // People pause between requests; a processor that is kept busy by questions alone shows nothing.
      await systemClock.sleep(5);
    }
  };
  const asking = Array.from({ length: clients }, client);
  try {
    await work();
  } finally {
    going = false;
    await Promise.all(asking);
  }
  return { total, failed, versions };
}

function replyOf(status: number | undefined, body: string): Reply {
  const match = /^Hello from (\S+), version (\S+)/.exec(body);
  if (status !== 200 || !match) return { error: `status ${status}: ${body.slice(0, 80)}` };
  const [, pod = '', version = ''] = match;
  return { pod, version };
}
