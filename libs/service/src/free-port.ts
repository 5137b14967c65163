import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Above these lie node ports (from 30000) and what the system gives to outgoing connections (Linux: from 32768): a port
 * from there may be taken by anybody's connection before its server has begun to listen.
 */
const FIRST = 10_000;
const COUNT = 20_000;

let next = randomInt(COUNT);

/** A TCP port on which nobody listens now, on that address or on all; not the same one twice in a row. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  for (let tried = 0; tried < COUNT; tried++) {
    const port = FIRST + (next++ % COUNT);
    if (!(await isTaken(host, port)) && !(await isTaken('::', port))) return port;
  }
  throw new Error(`no port from ${FIRST} to ${FIRST + COUNT - 1} is free`);
}

function isTaken(host: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(true);
      // A kernel without IPv6 has no such address.
      else if (host === '::') resolve(false);
      else reject(error);
    });
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(false)));
  });
}
