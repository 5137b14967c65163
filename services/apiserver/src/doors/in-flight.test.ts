import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { ApiError } from '@reckon/api';
import { VirtualClock } from '@reckon/service';
import { DoorContext } from './context.ts';
import { InFlight, type RequestClass } from './in-flight.ts';

const LIMITS = { requestTimeoutMs: 10_000, places: { people: 4, system: 4 }, queueLimit: 2, lateRefusals: 3 };

let clock: VirtualClock;
let inFlight: InFlight;
let passes: (() => void)[];
/** What has begun, and how to end it. */
let begun: { readonly user: string; readonly end: () => void }[];
let failed: string[];

beforeEach(() => {
  clock = new VirtualClock();
  passes = [];
  begun = [];
  failed = [];
  inFlight = new InFlight(clock, LIMITS, (pass) => passes.push(pass));
});

interface Asked {
  readonly groups?: readonly string[];
  readonly kind?: RequestClass;
  readonly gone?: boolean;
}

/** Asks for something that goes on until it is ended. */
function ask(user: string, { groups = [], kind = 'read', gone = false }: Asked = {}): Promise<void> {
  const source = { gone, onGone() {} };
  const context = new DoorContext(source, { user: { name: user, groups }, requestId: 'r', userAgent: '' });
  const expired = (error: ApiError) => failed.push(`${user}: ${error.reason}`);
  const work = () => new Promise<void>((end) => begun.push({ user, end }));
  return inFlight.run({ context, kind, expired }, work).catch((error) => {
    const { reason, details } = ApiError.from(error);
    failed.push(`${user}: ${reason}, retry after ${details.retryAfterSeconds} s`);
  });
}

const users = () => begun.map(({ user }) => user);

/** Lets what has ended be noticed, and everybody take his turn. */
async function settle(): Promise<void> {
  for (let i = 0; i < 10; i++) {
    await new Promise((resolve) => setImmediate(resolve));
    for (const pass of passes.splice(0)) pass();
  }
}

describe('requests under way', () => {
  test('what one user has too many of waits, and another one begins at once', async () => {
    for (let i = 0; i < 4; i++) void ask('flood');
    void ask('jane');
    assert.deepEqual(users(), ['flood', 'flood', 'jane']);
    begun[0]?.end();
    await settle();
    assert.equal(users().length, 3, 'half of the places are taken, and his share is one');
    begun[1]?.end();
    await settle();
    assert.deepEqual(users().slice(3), ['flood']);
  });

  test('who has a full queue is told to come back, at the next sweep and in his turn', async () => {
    for (let i = 0; i < 5; i++) void ask('flood');
    await settle();
    assert.deepEqual(failed, [], 'a refusal at once would be asked for again at once');
    await clock.advance(1_000);
    await settle();
    assert.deepEqual(failed, ['flood: TooManyRequests, retry after 1 s']);
    assert.equal(inFlight.requests, 4);
  });

  test('of late refusals no more are kept than one user may have', async () => {
    for (let i = 0; i < 8; i++) void ask('flood');
    await settle();
    assert.equal(failed.length, 1);
  });

  test('a server that stops keeps nobody waiting for his refusal', async () => {
    for (let i = 0; i < 5; i++) void ask('flood');
    const drained = inFlight.drain(1_000);
    await settle();
    assert.equal(failed.length, 1);
    await clock.advance(1_000);
    await drained;
  });

  test('reads and writes, people and what keeps the cluster running have places of their own', () => {
    for (let i = 0; i < 4; i++) void ask('flood');
    void ask('flood', { kind: 'write' });
    void ask('system:node:a', { groups: ['system:nodes'] });
    void ask('system:kube-scheduler');
    void ask('system:serviceaccount:kube-system:leader');
    assert.deepEqual(users().slice(2), [
      'flood',
      'system:node:a',
      'system:kube-scheduler',
      'system:serviceaccount:kube-system:leader',
    ]);
  });

  test('whoever repairs a cluster waits for nobody', () => {
    for (let i = 0; i < 20; i++) void ask('admin', { groups: ['system:masters'] });
    assert.equal(begun.length, 20);
  });

  test('what takes too long is told so and leaves its place, also when it has not begun', async () => {
    for (let i = 0; i < 4; i++) void ask('flood');
    await clock.advance(11_000);
    await settle();
    assert.deepEqual(failed.slice(0, 2), ['flood: Timeout', 'flood: Timeout']);
    assert.equal(begun.length, 2, 'those who waited are not begun any more');
    assert.equal(inFlight.requests, 0);
    void ask('flood');
    assert.equal(begun.length, 3);
  });

  test('what its client has given up while it waited is not begun', async () => {
    void ask('flood');
    void ask('flood');
    void ask('flood', { gone: true });
    void ask('flood');
    begun[0]?.end();
    await settle();
    assert.equal(begun.length, 3);
  });
});
