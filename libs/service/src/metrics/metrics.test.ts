import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Metrics } from './metrics.ts';

test('two registries do not share counters, and asking again gives the same one', async () => {
  const one = new Metrics();
  const two = new Metrics();
  const options = { name: 'reckon_writes_total', help: 'Writes.', labels: ['verb'] } as const;
  one.counter(options).inc({ verb: 'create' });
  one.counter(options).inc({ verb: 'create' });
  two.counter(options).inc({ verb: 'create' });
  assert.match(await one.text(), /reckon_writes_total\{verb="create"\} 2/);
  assert.match(await two.text(), /reckon_writes_total\{verb="create"\} 1/);
});

test('a name cannot be a counter here and a gauge there', () => {
  const metrics = new Metrics();
  metrics.counter({ name: 'reckon_x_total', help: 'X.' });
  assert.throws(() => metrics.gauge({ name: 'reckon_x_total', help: 'X.' }), /of another type/);
});

test('an observed gauge is read at the time of asking', async () => {
  const metrics = new Metrics();
  let depth = 1;
  metrics.observed({ name: 'reckon_queue_depth', help: 'Keys that wait.' }, () => depth);
  depth = 5;
  assert.match(await metrics.text(), /^reckon_queue_depth 5$/m);
});

test('a turn of the event loop that takes long shows, and those before the first turn do not', async () => {
  const metrics = new Metrics();
  metrics.observeProcess();
  const longestSeconds = async () =>
    Number(/^nodejs_eventloop_lag_max_seconds (\S+)$/m.exec(await metrics.text())?.[1]);
  assert.equal(await longestSeconds(), 0);
  await turnOfTheEventLoop();
  const startMs = performance.now();
  while (performance.now() - startMs < 60);
  await turnOfTheEventLoop();
  await turnOfTheEventLoop();
  const seconds = await longestSeconds();
  assert.ok(seconds >= 0.06 && seconds < 30, String(seconds));
});

function turnOfTheEventLoop(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
