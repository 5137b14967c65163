import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseCronSchedule } from './schedule.ts';

function next(schedule: string, after: string, timeZone?: string): string {
  const parsed = parseCronSchedule(schedule, timeZone);
  if (typeof parsed === 'string') return parsed;
  const ms = parsed.nextMs(Date.parse(after));
  return ms === undefined ? 'never' : new Date(ms).toISOString();
}

describe('a schedule', () => {
  const after = '2026-01-01T00:00:30Z'; // a Thursday
  const times: readonly (readonly [string, string])[] = [
    ['*/5 * * * *', '2026-01-01T00:05:00.000Z'],
    ['5/20 * * * *', '2026-01-01T00:05:00.000Z'],
    ['0 0 13 * FRI', '2026-01-02T00:00:00.000Z'],
    ['0 0 ? * mon-tue', '2026-01-05T00:00:00.000Z'],
    ['30 2 1 FEB *', '2026-02-01T02:30:00.000Z'],
    ['@weekly', '2026-01-04T00:00:00.000Z'],
    ['@yearly', '2027-01-01T00:00:00.000Z'],
    ['@every 1h30m', '2026-01-01T01:30:30.000Z'],
    ['0 0 30 2 *', 'never'],
  ];
  for (const [schedule, time] of times) {
    it(`${schedule} comes round at ${time}`, () => {
      assert.equal(next(schedule, after), time);
    });
  }

  it('follows the clocks of its time zone', () => {
    assert.equal(next('0 9 * * *', '2026-01-15T12:00:00Z', 'Europe/Vienna'), '2026-01-16T08:00:00.000Z');
    assert.equal(next('0 9 * * *', '2026-07-15T12:00:00Z', 'Europe/Vienna'), '2026-07-16T07:00:00.000Z');
  });

  it('says what is wrong with it', () => {
    assert.equal(next('* * * *', after), 'expected exactly 5 fields, found 4: [* * * *]');
    assert.equal(next('@sometimes', after), 'unrecognized descriptor: @sometimes');
    assert.equal(next('60 * * * *', after), 'end of range (60) above maximum (59): 60');
    assert.equal(next('* * * * 7', after), 'end of range (7) above maximum (6): 7');
    assert.equal(next('* * 0 * *', after), 'beginning of range (0) below minimum (1): 0');
    assert.equal(next('9-3 * * * *', after), 'beginning of range (9) beyond end of range (3): 9-3');
    assert.equal(next('*/0 * * * *', after), 'step of range should be a positive number: */0');
    assert.equal(next('a * * * *', after), 'failed to parse int from a: no number or name');
    assert.equal(next('* * L * *', after), 'failed to parse int from L: no number or name');
    assert.equal(next('@every soon', after), 'failed to parse duration @every soon');
    assert.equal(next('* * * * *', after, 'Mars/Base'), 'unknown time zone Mars/Base');
  });
});
