import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '@reckon/api';
import { SeededRandom, VirtualClock } from '@reckon/service';
import { InterceptedApi, type WriteCall, type WriteHooks } from '../memory/intercepted-api.ts';
import { MemoryApi } from '../memory/memory-api.ts';
import { CONFIG_MAPS, LEASES, SUBJECT_ACCESS_REVIEWS } from '../resources.ts';
import { LeaderElector, type Leadership } from './leader-elector.ts';

const LEASE = { namespace: 'kube-system', name: 'kube-scheduler' };
const TIMING = { leaseSeconds: 15, renewDeadlineSeconds: 10, retrySeconds: 2 };

class Candidate {
  readonly stop = new AbortController();
  readonly terms: Leadership[] = [];
  readonly #elector: LeaderElector;
  readonly running: Promise<void>;

  constructor(world: World, identity: string, hooks: WriteHooks = {}) {
    this.#elector = new LeaderElector({
      api: new InterceptedApi(world.api, hooks),
      clock: world.clock,
      random: world.random,
      lease: LEASE,
      identity,
      timing: TIMING,
    });
    this.running = this.#elector.run(async (leadership) => {
      this.terms.push(leadership);
      await new Promise((resolve) => leadership.signal.addEventListener('abort', resolve, { once: true }));
    }, this.stop.signal);
  }

  get leading(): boolean {
    return this.#elector.leading;
  }

  /** The present term. */
  get term(): Leadership {
    const term = this.terms.at(-1);
    assert.ok(term);
    return term;
  }
}

class World {
  readonly clock = new VirtualClock();
  readonly random = new SeededRandom(3);
  readonly api = new MemoryApi({ clock: this.clock, random: this.random });
  readonly candidates: Candidate[] = [];

  candidate(identity: string, hooks?: WriteHooks): Candidate {
    const candidate = new Candidate(this, identity, hooks);
    this.candidates.push(candidate);
    return candidate;
  }

  async end(): Promise<void> {
    for (const candidate of this.candidates) candidate.stop.abort();
    await this.clock.advance(0);
    await Promise.all(this.candidates.map(({ running }) => running));
    assert.equal(this.clock.nextAtMs(), undefined, 'no timer is left behind');
  }
}

function outage(state: { down: boolean }) {
  return ({ resource }: WriteCall) => {
    if (state.down && (resource === LEASES.groupResource || resource === '')) {
      throw new ApiError('ServiceUnavailable', 'no connection');
    }
  };
}

const map = (name: string) => ({ metadata: { name, namespace: 'default' } });

test('of two candidates one leads, and keeps leading', async () => {
  const world = new World();
  const a = world.candidate('a');
  await world.clock.advance(0);
  const b = world.candidate('b');
  await world.clock.advance(120_000);
  assert.deepEqual([a.leading, b.leading], [true, false]);
  assert.equal(a.terms.length, 1);
  await world.end();
});

test('a leader that stops gives the lead to the next at once', async () => {
  const world = new World();
  const a = world.candidate('a');
  await world.clock.advance(0);
  const b = world.candidate('b');
  await world.clock.advance(5_000);
  a.stop.abort();
  await world.clock.advance(1);
  assert.deepEqual([a.leading, b.leading], [false, true]);
  assert.ok(b.term.revision > a.term.revision);
  await world.end();
});

test('a leader that cannot renew stops before the next one begins', async () => {
  const world = new World();
  const state = { down: false };
  const a = world.candidate('a', { before: outage(state) });
  await world.clock.advance(0);
  const b = world.candidate('b');
  await world.clock.advance(5_000);
  state.down = true;
  for (let ms = 0; ms < 30_000 && !b.leading; ms += 100) {
    await world.clock.advance(100);
    assert.ok(!(a.leading && b.leading), 'two leaders at once');
  }
  assert.deepEqual([a.leading, b.leading], [false, true]);
  assert.equal(a.term.signal.aborted, true);
  await world.end();
});

test('a process that comes back after a crash takes its own lease over without waiting', async () => {
  const world = new World();
  const state = { down: false };
  const crashed = world.candidate('a', { before: outage(state) });
  await world.clock.advance(0);
  state.down = true;
  const restarted = world.candidate('a');
  await world.clock.advance(1);
  assert.equal(restarted.leading, true);
  assert.ok(restarted.term.revision > crashed.term.revision);
  await world.end();
});

test('a leader that was paused and replaced can no longer write, and learns it from that', async () => {
  const world = new World();
  const a = world.candidate('a');
  await world.clock.advance(0);
  await a.term.api.create(CONFIG_MAPS, map('while-leading'));
  // Another takes over behind the back of a leader that believes its lease to be fresh.
  const paused = a.term;
  world.candidate('a');
  await world.clock.advance(0);
  await assert.rejects(
    paused.api.create(CONFIG_MAPS, map('too-late')),
    (error) => error instanceof ApiError && error.reason === 'ServiceUnavailable',
  );
  assert.equal(paused.signal.aborted, true);
  await assert.rejects(world.api.get(CONFIG_MAPS, { namespace: 'default', name: 'too-late' }));
  await world.end();
});

test('a question is asked as it is: only what is written is bound to the term', async () => {
  const world = new World();
  const verbs: string[] = [];
  const a = world.candidate('a', { before: ({ verb }) => void verbs.push(verb) });
  await world.clock.advance(0);
  verbs.length = 0;
  await a.term.api.create(SUBJECT_ACCESS_REVIEWS, { metadata: { name: 'asked' } });
  await a.term.api.create(CONFIG_MAPS, map('written'));
  assert.deepEqual(verbs, ['create', 'transact']);
  await world.end();
});

test('an ordinary conflict does not end a term', async () => {
  const world = new World();
  const a = world.candidate('a');
  await world.clock.advance(0);
  const { object } = await a.term.api.create(CONFIG_MAPS, map('x'));
  await a.term.api.update(CONFIG_MAPS, { ...object, data: { a: '1' } });
  await assert.rejects(
    a.term.api.update(CONFIG_MAPS, { ...object, data: { a: '2' } }),
    (error) => error instanceof ApiError && error.reason === 'Conflict',
  );
  assert.equal(a.leading, true);
  await world.end();
});

test('a renewal whose answer was lost does not end a term', async () => {
  const world = new World();
  let lose = 0;
  const a = world.candidate('a', {
    after: ({ verb }) => {
      if (verb === 'update' && lose-- > 0) throw new ApiError('Timeout', 'no answer');
    },
  });
  await world.clock.advance(0);
  lose = 1;
  await world.clock.advance(60_000);
  assert.equal(a.leading, true);
  assert.equal(a.terms.length, 1);
  await world.end();
});

test('the fenced client answers as the plain one does', async () => {
  const world = new World();
  const a = world.candidate('a');
  await world.clock.advance(0);
  const { api } = a.term;
  const target = { namespace: 'default', name: 'x' };
  const created = await api.create(CONFIG_MAPS, { ...map('x'), data: { a: '1' } });
  assert.deepEqual(await world.api.get(CONFIG_MAPS, target), created.object);
  assert.equal(created.revision, world.api.head.rev);
  const patched = await api.patch(CONFIG_MAPS, target, { type: 'merge', value: { data: { b: '2' } } });
  assert.deepEqual(patched.object.data, { a: '1', b: '2' });
  assert.equal(
    (await api.patch(CONFIG_MAPS, target, { type: 'merge', value: {} })).revision,
    patched.revision,
  );
  await assert.rejects(
    api.create(CONFIG_MAPS, map('x')),
    (error) => error instanceof ApiError && error.reason === 'AlreadyExists',
  );
  assert.equal((await api.delete(CONFIG_MAPS, target)).deleted, true);
  assert.equal((await api.deleteCollection(CONFIG_MAPS, { namespace: 'default' })).count, 0);
  await world.end();
});
