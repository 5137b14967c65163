/** etcd, the store of Kubernetes, under the same load: the transaction that the Kubernetes API server sends. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';
import { Client, credentials } from '@grpc/grpc-js';
import { type Contender, sampleObject } from './load.ts';

/** Undefined if etcd is not installed. */
export async function etcdContender(): Promise<Contender | undefined> {
  const directory = mkdtempSync(join(tmpdir(), 'reckon-etcd-'));
  const [client, peer] = [await freePort(), await freePort()];
  const etcd = spawn(
    'etcd',
    [
      ...[
        '--data-dir',
        join(directory, 'data'),
        '--name',
        'bench',
        '--quota-backend-bytes',
        String(4 * 1024 ** 3),
      ],
      ...[
        '--listen-client-urls',
        `http://127.0.0.1:${client}`,
        '--advertise-client-urls',
        `http://127.0.0.1:${client}`,
      ],
      ...[
        '--listen-peer-urls',
        `http://127.0.0.1:${peer}`,
        '--initial-advertise-peer-urls',
        `http://127.0.0.1:${peer}`,
      ],
      ...['--initial-cluster', `bench=http://127.0.0.1:${peer}`, '--logger', 'zap'],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const ready = new Promise<boolean>((resolve) => {
    etcd.once('error', () => resolve(false));
    etcd.once('exit', () => resolve(false));
    createInterface({ input: etcd.stderr }).on('line', (line) => {
      // 3.4 and 3.5 word it differently.
      if (/serving client traffic|ready to serve client requests/.test(line)) resolve(true);
    });
  });
  if (!(await ready)) {
    rmSync(directory, { recursive: true, force: true });
    return undefined;
  }
  const channel = new Client(`127.0.0.1:${client}`, credentials.createInsecure());
  const body = sampleObject('checkout');
  return {
    name: `etcd (${body.length} bytes)`,
    async write(object, rev) {
      const answer = await compareAndPut(channel, {
        key: Buffer.from(`/registry/pods/default/${object}`),
        body,
        rev,
      });
      if (!answer.succeeded) throw new Error(`a conflict where nobody else writes: ${object}`);
      return answer.revision;
    },
    async close() {
      channel.close();
      const exited = once(etcd, 'exit');
      etcd.kill('SIGKILL');
      await exited;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

interface Put {
  readonly key: Buffer;
  readonly body: Buffer;
  readonly rev: number;
}

interface Answer {
  readonly succeeded: boolean;
  readonly revision: number;
}

function compareAndPut(channel: Client, put: Put): Promise<Answer> {
  return new Promise((resolve, reject) => {
    channel.makeUnaryRequest('/etcdserverpb.KV/Txn', encodeTxn, decodeTxn, put, (error, answer) => {
      if (error || !answer) reject(error ?? new Error('etcd answered nothing'));
      else resolve(answer);
    });
  });
}

/** Numbers from etcd's rpc.proto: compare EQUAL on MOD, then put. */
function encodeTxn({ key, body, rev }: Put): Buffer {
  const writer = new BinaryWriter();
  writer.tag(1, 2).fork().tag(2, 0).int32(2).tag(3, 2).bytes(key).tag(6, 0).int64(rev).join();
  writer.tag(2, 2).fork().tag(2, 2).fork().tag(1, 2).bytes(key).tag(2, 2).bytes(body).join().join();
  return Buffer.from(writer.finish());
}

function decodeTxn(bytes: Buffer): Answer {
  const reader = new BinaryReader(bytes);
  let succeeded = false;
  let revision = 0;
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === 1) revision = revisionOf(reader.bytes());
    else if (field === 2) succeeded = reader.bool();
    else reader.skip(type);
  }
  return { succeeded, revision };
}

function revisionOf(header: Uint8Array): number {
  const reader = new BinaryReader(header);
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === 3) return Number(reader.int64());
    reader.skip(type);
  }
  return 0;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('the kernel gave no port');
  return address.port;
}
