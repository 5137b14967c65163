/** The server's side of a benchmark, in a process of its own: says where it is, and ends when its input does. */
import { createInterface } from 'node:readline';
import type { Pem } from '@reckon/apiserver/doors/testing/pki.ts';
import { ApiServerWorld } from '@reckon/apiserver/testing/api-server-world.ts';
import { ThrowAwayNats } from '@reckon/eventlog/testing/throw-away-nats.ts';
import { stderrLogger } from '@reckon/service';
import type { Access } from './connection.ts';

/** How to reach it: as the administrator, or as somebody else. */
export interface ServedAccess extends Access {
  readonly grpcPort: number;
  readonly users: Readonly<Record<string, Pem>>;
}

export interface ServeOptions {
  /** Told of every line of the input, which is then repeated on the output. */
  readonly told?: (line: string) => void;
  /** Who gets a certificate, with the groups in it. */
  readonly users?: Readonly<Record<string, readonly string[]>>;
}

export async function serve({ told = () => {}, users = {} }: ServeOptions = {}): Promise<void> {
  const nats = await ThrowAwayNats.start();
  const world = await ApiServerWorld.start({ natsUrl: nats.options.url, log: stderrLogger('error') });
  const pems: Record<string, Pem> = {};
  for (const [name, groups] of Object.entries(users))
    pems[name] = await world.authority.client(name, ...groups);
  const access: ServedAccess = {
    port: world.server.restPort,
    grpcPort: world.server.grpcPort,
    authority: world.authority.certificate,
    certificate: world.admin.certificate,
    privateKey: world.admin.privateKey,
    users: pems,
  };
  console.log(JSON.stringify(access));
  for await (const line of createInterface({ input: process.stdin })) {
    told(line);
    console.log(line);
  }
  await world.stop();
  await nats.kill();
  process.exit(0);
}
