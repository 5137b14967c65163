import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ApiError } from '@reckon/api';
import { SeededRandom, VirtualClock } from '@reckon/service';
import { MemoryApi } from '../memory/memory-api.ts';
import { LEASES } from '../resources.ts';
import { ProjectionWorld } from '../testing/projection-world.ts';
import { LogProjection } from './log-projection.ts';

describe('a projection and the head of the log', () => {
  test('is confirmed for as long as heads arrive and are reached, and begins anew after a silence', async () => {
    const world = new ProjectionWorld();
    await world.start();
    const { projection, clock } = world;
    await clock.advance(10_000);
    assert.equal(projection.confirmedForMs, 10_000);
    assert.equal(projection.confirmedSince(), clock.nowMs() - 10_000);
    await projection.stop();
    await clock.advance(5_000);
    assert.equal(projection.confirmedForMs, 0);
    assert.equal(projection.confirmedSince(), undefined);
  });

  test('does not count the time in which the API server was away', async () => {
    const clock = new VirtualClock();
    const api = new MemoryApi({ clock, random: new SeededRandom(1) });
    let outage = new AbortController();
    let up = true;
    const projection = new LogProjection({
      api: {
        list: api.list.bind(api),
        readLog: api.readLog.bind(api),
        watchHead: (signal = new AbortController().signal) => {
          if (!up) throw new ApiError('ServiceUnavailable', 'no connection');
          return api.watchHead(AbortSignal.any([signal, outage.signal]));
        },
      },
      clock,
      resources: [LEASES],
      maxHeadGapMs: 3_000,
    });
    const target = { namespace: 'kube-node-lease', name: 'node-1' };
    await api.create(LEASES, { metadata: target });
    const started = projection.start();
    await clock.advance(0);
    await started;
    await clock.advance(20_000);
    const lease = projection.get(LEASES, target.namespace, target.name);
    assert.ok(lease);
    assert.equal(projection.silentForMs(lease), 20_000);
    up = false;
    outage.abort();
    outage = new AbortController();
    await clock.advance(60_000);
    assert.equal(projection.silentForMs(lease), 0, 'nobody knows whether it was silent');
    up = true;
    await clock.advance(7_000);
    const silentMs = projection.silentForMs(lease);
    assert.ok(silentMs >= 4_000 && silentMs <= 7_000, `${silentMs} ms`);
    const patched = await api.patch(LEASES, target, { type: 'merge', value: { spec: { renewTime: 'x' } } });
    await projection.waitFor(patched.revision);
    await clock.advance(2_000);
    const renewed = projection.get(LEASES, target.namespace, target.name);
    assert.ok(renewed);
    const renewedMs = projection.silentForMs(renewed);
    assert.ok(renewedMs > 1_000 && renewedMs <= 2_000, `${renewedMs} ms`);
    assert.equal(projection.silentForMs(lease), 0, 'an old revision is not silent, it is superseded');
    await projection.stop();
  });
});
