import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { answerProbe, beginProbe, type ProbeKind } from './schedule.ts';
import type { ProbeSettings } from './settings.ts';

const SETTINGS: ProbeSettings = {
  initialDelayMs: 0,
  periodMs: 10_000,
  timeoutMs: 1_000,
  successThreshold: 1,
  failureThreshold: 3,
};

/** Asks a probe whose answer depends only on the time, each answer at once, until `untilMs`. */
function run(kind: ProbeKind, settings: ProbeSettings, good: (atMs: number) => boolean, untilMs: number) {
  let progress = beginProbe(kind, settings, { fromMs: 0, nowMs: 0, succeededBefore: false });
  const asked: number[] = [];
  const verdicts: (readonly [atMs: number, verdict: string])[] = [];
  const counted: number[] = [];
  while (progress.nextAtMs <= untilMs) {
    const atMs = progress.nextAtMs;
    asked.push(atMs);
    const answer = answerProbe(progress, settings, { good: good(atMs), askedAtMs: atMs, nowMs: atMs });
    if (answer.verdict) verdicts.push([atMs, answer.verdict]);
    if (answer.counted) counted.push(atMs);
    progress = answer.progress;
  }
  return { asked, verdicts, counted };
}

describe('when a probe is asked', () => {
  it('a readiness probe is asked at growing distances until it first succeeds, then every period', () => {
    const { asked, verdicts, counted } = run('readiness', SETTINGS, (atMs) => atMs >= 1_000, 40_000);
    assert.deepEqual(asked, [0, 50, 150, 350, 750, 1_550, 10_000, 20_000, 30_000, 40_000]);
    assert.deepEqual(verdicts[0], [1_550, 'success']);
    assert.deepEqual(counted, [], 'nobody is told that it was not ready at once');
  });

  it('a readiness probe that never succeeds is told of every period, from the first on', () => {
    const { counted, verdicts } = run('readiness', SETTINGS, () => false, 45_000);
    assert.deepEqual(counted, [10_000, 20_000, 30_000, 40_000]);
    assert.deepEqual(
      verdicts.map(([atMs]) => atMs),
      [30_000, 40_000],
    );
  });

  it('a liveness probe is asked every period and given up after as many failures as it may have', () => {
    const settings = { ...SETTINGS, initialDelayMs: 5_000 };
    const { asked, verdicts } = run('liveness', settings, (atMs) => atMs < 20_000, 45_000);
    assert.deepEqual(asked, [5_000, 15_000, 25_000, 35_000, 45_000]);
    assert.deepEqual(verdicts.at(-1), [45_000, 'failure']);
  });

  it('a startup probe that is asked in between is given up no sooner for it', () => {
    const { verdicts } = run('startup', SETTINGS, () => false, 25_000);
    assert.deepEqual(verdicts[0], [20_000, 'failure']);
  });

  it('one good answer among bad ones starts the count anew', () => {
    const { verdicts } = run('liveness', SETTINGS, (atMs) => atMs === 20_000, 50_000);
    assert.deepEqual(verdicts, [
      [20_000, 'success'],
      [50_000, 'failure'],
    ]);
  });

  it('is never asked at the same moment twice, nor more than a period apart, whatever it answers', () => {
    const settings = fc.record({
      initialDelayMs: fc.integer({ min: 0, max: 30 }).map((s) => s * 1_000),
      periodMs: fc.integer({ min: 1, max: 30 }).map((s) => s * 1_000),
      timeoutMs: fc.constant(1_000),
      successThreshold: fc.integer({ min: 1, max: 3 }),
      failureThreshold: fc.integer({ min: 1, max: 5 }),
    });
    const kinds = fc.constantFrom<ProbeKind>('startup', 'liveness', 'readiness');
    fc.assert(
      fc.property(kinds, settings, fc.array(fc.boolean(), { minLength: 1 }), (kind, chosen, answers) => {
        let i = 0;
        const { asked } = run(kind, chosen, () => answers[i++ % answers.length] === true, 120_000);
        assert.equal(asked[0], chosen.initialDelayMs);
        for (let n = 1; n < asked.length; n++) {
          const distance = (asked[n] ?? 0) - (asked[n - 1] ?? 0);
          assert.ok(distance > 0 && distance <= chosen.periodMs, `${distance} ms`);
        }
      }),
    );
  });
});
