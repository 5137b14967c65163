import assert from 'node:assert/strict';
import { connect, createServer, type Server } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { SeededRandom } from '@reckon/service';
import { LoopbackProxy } from './loopback-proxy.ts';

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : 0);
    });
  });
}

function ask(host: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'));
    socket.on('end', () => resolve(text));
  });
}

describe('node ports on localhost', () => {
  const backend = createServer((socket) => socket.end('hello'));
  const taken: string[] = [];
  const proxy = new LoopbackProxy({
    random: new SeededRandom(1),
    onPortTaken: (address, port) => taken.push(`${address}:${port}`),
  });
  let nodePort = 0;
  let backendPort = 0;

  const set = (endpoints: readonly { ip: string; port: number }[]) =>
    proxy.set([{ id: 'default/web:', protocol: 'tcp', clusterIP: '', port: 80, nodePort, endpoints }]);

  before(async () => {
    backendPort = await listen(backend);
    const probe = createServer();
    nodePort = await listen(probe);
    await new Promise((resolve) => probe.close(resolve));
  });

  after(() => {
    proxy.stop();
    backend.close();
  });

  it('answer on 127.0.0.1 and on ::1', async () => {
    await set([{ ip: '127.0.0.1', port: backendPort }]);
    assert.equal(await ask('127.0.0.1', nodePort), 'hello');
    assert.equal(await ask('::1', nodePort), 'hello');
    assert.deepEqual(taken, []);
  });

  it('break the connection when no endpoint is ready, and refuse once the Service is gone', async () => {
    await set([]);
    assert.equal(await ask('127.0.0.1', nodePort), 'ECONNRESET');
    await proxy.set([]);
    assert.equal(await ask('127.0.0.1', nodePort), 'ECONNREFUSED');
  });

  it('a port that is taken is reported with its address, and the other address still answers', async () => {
    const thief = createServer();
    await new Promise<void>((resolve) => thief.listen(nodePort, '127.0.0.1', resolve));
    await set([{ ip: '127.0.0.1', port: backendPort }]);
    assert.deepEqual(taken, [`127.0.0.1:${nodePort}`]);
    assert.equal(await ask('::1', nodePort), 'hello');
    thief.close();
  });
});
