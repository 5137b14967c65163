import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../virtual-clock.ts';
import { JsonLogger } from './json-logger.ts';
import type { LogLevel } from './types.ts';

function recorder(level: LogLevel) {
  const lines: string[] = [];
  const log = new JsonLogger({ clock: new VirtualClock(0), level, write: (line) => lines.push(line) });
  return { log, lines };
}

test('a line is one JSON object with the time of the injected clock, inherited fields first', () => {
  const { log, lines } = recorder('info');
  log.with({ service: 'scheduler' }).with({ pod: 'a' }).info('bound', { node: 'n1', revision: 7 });
  assert.deepEqual(lines, [
    '{"at":"1970-01-01T00:00:00.000Z","level":"info","message":"bound","service":"scheduler","pod":"a","node":"n1","revision":7}\n',
  ]);
});

test('lines below the level are not written, and one can ask before making costly fields', () => {
  const { log, lines } = recorder('warn');
  log.debug('a');
  log.info('b');
  log.warn('c');
  log.error('d');
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).message),
    ['c', 'd'],
  );
  assert.equal(log.enabled('info'), false);
  assert.equal(log.enabled('error'), true);
});

test('an error is logged with its message, its own fields and its causes', () => {
  const { log, lines } = recorder('info');
  const cause = Object.assign(new Error('connection refused'), { code: 'ECONNREFUSED' });
  log.error('cannot commit', { error: new TypeError('outage', { cause }), total: 3n });
  const line = JSON.parse(lines[0] ?? '');
  assert.equal(line.error.name, 'TypeError');
  assert.equal(line.error.message, 'outage');
  assert.match(line.error.stack, /json-logger\.test\.ts/);
  assert.equal(line.error.cause.message, 'connection refused');
  assert.equal(line.error.cause.code, 'ECONNREFUSED');
  assert.equal(line.total, '3');
});

test('a field that refers to itself does not make the logger throw', () => {
  const { log, lines } = recorder('info');
  const circle: { self?: unknown } = {};
  circle.self = circle;
  log.info('round', { circle });
  assert.equal(JSON.parse(lines[0] ?? '').message, 'round');
});
