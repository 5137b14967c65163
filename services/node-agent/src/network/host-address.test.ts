import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { it } from 'node:test';
import { SeededRandom } from '@reckon/service';
import { onLoopback } from './host-address.ts';
import { LoopbackProxy } from './loopback-proxy.ts';

it('a host port answers on localhost, too, unless it is of another address or protocol', async () => {
  const pod = createServer((_, response) => response.end('the pod'));
  await new Promise<void>((resolve) => pod.listen(0, '127.0.0.1', resolve));
  const { port: containerPort } = pod.address() as AddressInfo;
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port: hostPort } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  const proxy = new LoopbackProxy({ random: new SeededRandom(1), onPortTaken: () => {} });
  const answer = async (hostIP: string, protocol: 'tcp' | 'udp' = 'tcp') => {
    await proxy.set(onLoopback({ hostIP, hostPort, protocol, podIP: '127.0.0.1', containerPort }));
    const headers = { connection: 'close' };
    return fetch(`http://127.0.0.1:${hostPort}`, { headers }).then(
      (response) => response.text(),
      () => 'refused',
    );
  };
  try {
    assert.equal(await answer(''), 'the pod');
    assert.equal(await answer('0.0.0.0'), 'the pod');
    assert.equal(await answer('127.0.0.1'), 'the pod');
    assert.equal(await answer('192.0.2.1'), 'refused');
    assert.equal(await answer('', 'udp'), 'refused');
  } finally {
    proxy.stop();
    pod.close();
  }
});
