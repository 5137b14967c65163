import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { ApiError } from '@reckon/api';
import type { Clock } from '@reckon/service';

/** Asks other name servers, bytes in and bytes out. */
export interface Forwarder {
  /** Rejects with ServiceUnavailable if none answers. */
  forward(query: Buffer, transport: 'udp' | 'tcp'): Promise<Buffer>;
  stop(): void;
}

const PER_SERVER_TIMEOUT_MS = 2_000;

/** `servers` in order of preference, as in resolv.conf. */
export function createForwarder(servers: readonly string[], clock: Clock): Forwarder {
  const cancels = new Set<() => void>();

  function ask(server: string, query: Buffer, transport: 'udp' | 'tcp'): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const exchange = transport === 'udp' ? overUdp : overTcp;
      const close = exchange(server, query, (result) => {
        finish();
        if (result instanceof Error) reject(result);
        else resolve(result);
      });
      const cancelTimer = clock.after(PER_SERVER_TIMEOUT_MS, () => {
        finish();
        reject(new ApiError('ServiceUnavailable', `name server ${server} did not answer`));
      });
      function finish() {
        cancelTimer();
        close();
        cancels.delete(finish);
      }
      cancels.add(finish);
    });
  }

  return {
    async forward(query, transport) {
      let last: unknown;
      for (const server of servers) {
        try {
          return await ask(server, query, transport);
        } catch (error) {
          last = error;
        }
      }
      throw new ApiError(
        'ServiceUnavailable',
        'no name server outside the cluster answers',
        {},
        { cause: last },
      );
    },
    stop() {
      for (const cancel of cancels) cancel();
    },
  };
}

type Exchange = (server: string, query: Buffer, done: (result: Buffer | Error) => void) => () => void;

const overUdp: Exchange = (server, query, done) => {
  const socket = createSocket(server.includes(':') ? 'udp6' : 'udp4');
  let open = true;
  socket.on('error', done);
  socket.on('message', (answer) => {
    // The id tells an answer to this query from a stray one.
    if (answer.length >= 12 && answer.readUInt16BE(0) === query.readUInt16BE(0)) done(answer);
  });
  socket.connect(53, server, () => socket.send(query));
  return () => {
    if (open) socket.close();
    open = false;
  };
};

const overTcp: Exchange = (server, query, done) => {
  const socket = connect(53, server);
  let received: Buffer = Buffer.alloc(0);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(query.length);
  socket.on('error', done);
  socket.on('end', () =>
    done(new ApiError('ServiceUnavailable', `name server ${server} closed the connection`)),
  );
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    if (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
      done(received.subarray(2, 2 + received.readUInt16BE(0)));
    }
  });
  socket.write(Buffer.concat([length, query]));
  return () => socket.destroy();
};
