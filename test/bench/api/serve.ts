/** The server's side of a benchmark, in a process of its own: says where it is, and ends when its input does. */
import { createInterface } from 'node:readline';
import { ApiServerWorld } from '@reckon/apiserver/testing/api-server-world.ts';
import { ThrowAwayNats } from '@reckon/eventlog/testing/throw-away-nats.ts';
import { stderrLogger } from '@reckon/service';
import type { Access } from './connection.ts';

/** @param told of every line of the input, which is then repeated on the output. */
export async function serve(told: (line: string) => void = () => {}): Promise<void> {
  const nats = await ThrowAwayNats.start();
  const world = await ApiServerWorld.start({ natsUrl: nats.options.url, log: stderrLogger('error') });
  const access: Access = {
    port: world.server.restPort,
    authority: world.authority.certificate,
    certificate: world.admin.certificate,
    privateKey: world.admin.privateKey,
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
