import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { type SharedLevel, Turns } from './turns.ts';

const SLICE_MS = 4;
const PIECE_MS = 1;

let nowMs: number;
let passes: (() => void)[];
let turns: Turns;
let ran: string[];

beforeEach(() => {
  nowMs = 0;
  passes = [];
  ran = [];
  turns = new Turns({
    clock: { monotonicMs: () => nowMs },
    later: (pass) => passes.push(pass),
    sliceMs: SLICE_MS,
  });
});

function ask(user: string, name: string, level: SharedLevel = 'people'): void {
  turns.take({ level, user }, () => {
    ran.push(name);
    nowMs += PIECE_MS;
  });
}

function flood(count: number): void {
  for (let i = 0; i < count; i++) ask('flood', 'flood');
}

/** One turn of the event loop. @returns what ran in it. */
function pass(): readonly string[] {
  ran = [];
  for (const one of passes.splice(0)) one();
  return ran;
}

describe('turns', () => {
  test('as long as nobody waits, what is asked begins as it comes', () => {
    flood(2);
    ask('jane', 'jane');
    assert.deepEqual(ran, ['flood', 'flood', 'jane']);
    assert.deepEqual(pass(), []);
    assert.equal(passes.length, 0, 'at rest nothing is scheduled');
  });

  test('a turn of the event loop gives no more than a slice, and the rest goes on after sockets were looked at', () => {
    flood(10);
    assert.equal(ran.length, SLICE_MS / PIECE_MS);
    assert.equal(pass().length, SLICE_MS / PIECE_MS);
    assert.equal(pass().length, 2);
  });

  test('who asks for one thing goes before all that another one still waits for', () => {
    flood(1_000);
    pass();
    ask('jane', 'jane');
    assert.equal(pass()[0], 'jane');
    for (let i = 0; i < 20; i++) {
      ask('jane', 'jane');
      assert.ok(pass().slice(0, 2).includes('jane'), 'each time she comes back');
    }
  });

  test('who was away has saved nothing up', () => {
    flood(1_000);
    for (let i = 0; i < 20; i++) pass();
    for (let i = 0; i < 100; i++) ask('late', 'late');
    const shared = [...pass(), ...pass(), ...pass()];
    assert.equal(shared.filter((name) => name === 'late').length, shared.length / 2);
  });

  test('what keeps the cluster running gets four fifths, and never all', () => {
    flood(1_000);
    for (let i = 0; i < 1_000; i++) ask('system:node:a', 'node', 'system');
    const first = Array.from({ length: 25 }, pass).flat();
    const ofSystem = first.filter((name) => name === 'node').length;
    assert.ok(Math.abs(ofSystem - first.length * 0.8) <= 1, `${ofSystem} of ${first.length}`);
  });

  test('a piece counts as what it is said to cost, if most of its work comes later', () => {
    const take = (name: string) =>
      turns.take({ level: 'people', user: name }, () => void ran.push(name), PIECE_MS);
    for (let i = 0; i < 10; i++) take('lists');
    assert.equal(ran.length, SLICE_MS / PIECE_MS);
    assert.equal(pass().length, SLICE_MS / PIECE_MS);
  });
});
