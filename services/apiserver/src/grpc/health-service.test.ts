import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '@reckon/service';
import { NOT_SERVING, SERVING, type Serving, Watched } from './health-service.ts';

test('however many watch, the server is looked at once in a period, and all are told; without any it is not', async () => {
  const clock = new VirtualClock();
  let looks = 0;
  let serving: Serving = SERVING;
  const watched = new Watched(async () => {
    looks++;
    return serving;
  }, clock);
  const told: Serving[][] = Array.from({ length: 100 }, () => []);
  const ends = told.map((one) => watched.add((each) => one.push(each)));
  await clock.advance(1_000);
  serving = NOT_SERVING;
  await clock.advance(1_000);
  assert.equal(looks, 2);
  for (const one of told) assert.deepEqual(one, [SERVING, NOT_SERVING]);
  for (const end of ends) end();
  await clock.advance(10_000);
  assert.equal(looks, 2);
});
