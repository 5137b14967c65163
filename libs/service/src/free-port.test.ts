import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { freePort } from './free-port.ts';

test('a free port is none that an outgoing connection or a node port may take, and each is another', async () => {
  const ports = await Promise.all(Array.from({ length: 20 }, () => freePort()));
  assert.equal(new Set(ports).size, 20);
  for (const port of ports) assert.ok(port >= 10_000 && port < 30_000, String(port));
});

test('a port on which somebody listens on all addresses is not free', async () => {
  const port = await freePort();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port + 1, '::', resolve));
  assert.notEqual(await freePort(), port + 1);
  await new Promise((resolve) => server.close(resolve));
});
