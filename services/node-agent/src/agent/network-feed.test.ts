import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SERVICES } from '@reckon/client';
import { VirtualClock } from '@reckon/service';
import { MemoryNodeApi } from '../api/memory-node-api.ts';
import { servicePorts } from '../network/service-ports.ts';
import type { ServiceObject } from '../network/types.ts';
import { NetworkFeed } from './network-feed.ts';

test('the network is told what it needs to let a Service alone that is for another proxy', async () => {
  const clock = new VirtualClock();
  const api = new MemoryNodeApi({ clock });
  const told = new Map<string, ServiceObject | undefined>();
  const network = {
    setService: (_: string, name: string, service: ServiceObject | undefined) => told.set(name, service),
    setSlice() {},
    setHostPorts() {},
    flush: async () => {},
  };
  const feed = new NetworkFeed({ api, network, onError: (error) => assert.fail(String(error)) });
  const spec = { clusterIP: '10.96.7.7', ports: [{ port: 80 }] };
  const labels = { 'service.kubernetes.io/service-proxy-name': 'other' };
  api.put(SERVICES, { metadata: { name: 'ours', namespace: 'default' }, spec } as object);
  api.put(SERVICES, { metadata: { name: 'theirs', namespace: 'default', labels }, spec } as object);
  await clock.advance(0);
  const portsOf = (name: string) => {
    const service = told.get(name);
    return service && servicePorts(service, []).map(({ port }) => port);
  };
  assert.deepEqual([portsOf('ours'), portsOf('theirs')], [[80], []]);
  feed.stop();
});
