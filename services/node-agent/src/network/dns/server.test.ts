import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { after, before, describe, it } from 'node:test';
import { systemClock } from '@reckon/service';
import { createForwarder } from './forwarder.ts';
import { DnsServer } from './server.ts';
import { Zone } from './zone.ts';

describe('the DNS server on a node', () => {
  const zone = new Zone('cluster.local');
  const errors: unknown[] = [];
  const server = new DnsServer({
    zone,
    forwarder: createForwarder([], systemClock),
    address: '127.0.0.1',
    port: 0,
    onError: (error) => errors.push(error),
  });
  const resolver = new Resolver({ timeout: 2_000, tries: 1 });
  let port = 0;

  before(async () => {
    port = await server.start();
    resolver.setServers([`127.0.0.1:${port}`]);
    zone.setService('default', 'web', {
      metadata: { name: 'web', namespace: 'default' },
      spec: { clusterIP: '10.96.0.7', ports: [{ name: 'http', port: 80 }] },
    });
    zone.setService('default', 'many', {
      metadata: { name: 'many', namespace: 'default' },
      spec: { clusterIP: 'None', ports: [{ name: 'http', port: 80 }] },
    });
    zone.setSlice('default', 'many-1', undefined, {
      metadata: { name: 'many-1', namespace: 'default', labels: { 'kubernetes.io/service-name': 'many' } },
      addressType: 'IPv4',
      endpoints: Array.from({ length: 200 }, (_, i) => ({ addresses: [`10.244.1.${i}`] })),
      ports: [{ name: 'http', port: 8080 }],
    });
  });

  after(() => {
    server.stop();
    assert.deepEqual(errors, []);
  });

  it('resolves a Service', async () => {
    assert.deepEqual(await resolver.resolve4('web.default.svc.cluster.local'), ['10.96.0.7']);
    assert.equal((await resolver.resolveSrv('_http._tcp.web.default.svc.cluster.local'))[0]?.port, 80);
    assert.deepEqual(await resolver.reverse('10.96.0.7'), ['web.default.svc.cluster.local']);
  });

  it('says that a name is not there, or that it has no such record', async () => {
    await assert.rejects(resolver.resolve4('no.default.svc.cluster.local'), { code: 'ENOTFOUND' });
    await assert.rejects(resolver.resolve6('web.default.svc.cluster.local'), { code: 'ENODATA' });
  });

  it('an answer too large for UDP comes whole over TCP', async () => {
    assert.equal((await resolver.resolve4('many.default.svc.cluster.local')).length, 200);
  });

  it('a name outside the cluster fails as a server failure when nobody can be asked, not as a missing name', async () => {
    await assert.rejects(resolver.resolve4('example.org'), { code: 'ESERVFAIL' });
  });

  it('garbage gets no answer and does no harm', async () => {
    const socket = createSocket('udp4');
    socket.send(Buffer.from([1, 2, 3]), port, '127.0.0.1');
    socket.send(Buffer.alloc(40, 0xff), port, '127.0.0.1');
    assert.deepEqual(await resolver.resolve4('web.default.svc.cluster.local'), ['10.96.0.7']);
    socket.close();
  });
});
