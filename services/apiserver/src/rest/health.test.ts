/** The health endpoints in Kubernetes' words (https://kubernetes.io/docs/reference/using-api/health-checks/). */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { HealthChecks, systemClock } from '@reckon/service';
import { RestTestServer } from '../doors/testing/rest-server.ts';

/** What is wrong, by the name of the check. */
const wrong = new Map<string, string>();
let server: RestTestServer;
before(async () => {
  const probes = new HealthChecks(systemClock);
  const check = (name: string) => () => {
    const why = wrong.get(name);
    if (why !== undefined) throw new Error(why);
  };
  probes.addLive('loop', check('loop'));
  for (const name of ['postgres', 'shutdown']) probes.addReady(name, check(name));
  server = await RestTestServer.start(() => ({ probes }));
});
after(() => server.stop());

interface Row {
  readonly what: string;
  readonly path: string;
  readonly wrong?: Readonly<Record<string, string>>;
  readonly status?: number;
  readonly text: string;
}

const READY = '[+]ping ok\n[+]log ok\n[+]loop ok\n[+]postgres ok\n[+]shutdown ok\n';
const DOWN = { postgres: 'connection to 192.0.2.7 refused' };
const DOWN_TEXT =
  '[+]ping ok\n[+]log ok\n[+]loop ok\n[-]postgres failed: reason withheld\n[+]shutdown ok\nreadyz check failed\n';
const GOING = { shutdown: 'process is shutting down' };

const ROWS: readonly Row[] = [
  { what: 'all is well', path: '/readyz', text: 'ok' },
  { what: 'all is well, in detail', path: '/readyz?verbose', text: `${READY}readyz check passed\n` },
  {
    what: 'detail is asked for by the word alone',
    path: '/readyz?verbose=false',
    text: `${READY}readyz check passed\n`,
  },
  {
    what: 'life is less than readiness',
    path: '/livez?verbose',
    text: '[+]ping ok\n[+]log ok\n[+]loop ok\nlivez check passed\n',
  },
  {
    what: 'health is readiness but for the end',
    path: '/healthz?verbose',
    text: '[+]ping ok\n[+]log ok\n[+]loop ok\n[+]postgres ok\nhealthz check passed\n',
  },
  { what: 'a failure is told in detail unasked', path: '/readyz', wrong: DOWN, status: 500, text: DOWN_TEXT },
  { what: 'a failure is told the same', path: '/readyz?verbose', wrong: DOWN, status: 500, text: DOWN_TEXT },
  { what: 'who lives need not be ready', path: '/livez', wrong: DOWN, text: 'ok' },
  { what: 'what is excluded may fail', path: '/readyz?exclude=postgres', wrong: DOWN, text: 'ok' },
  { what: 'the store has its other name', path: '/readyz?exclude=etcd', wrong: DOWN, text: 'ok' },
  {
    what: 'what is excluded is named',
    path: '/readyz?verbose&exclude=postgres&exclude=loop',
    wrong: DOWN,
    text: '[+]ping ok\n[+]log ok\n[+]loop excluded: ok\n[+]postgres excluded: ok\n[+]shutdown ok\nreadyz check passed\n',
  },
  {
    what: 'what is not there cannot be excluded',
    path: '/livez?verbose&exclude=zeal&exclude=nothing',
    text: '[+]ping ok\n[+]log ok\n[+]loop ok\nwarn: some health checks cannot be excluded: no matches for "nothing","zeal"\nlivez check passed\n',
  },
  { what: 'one check', path: '/livez/ping', text: 'ok' },
  { what: 'one check of readiness', path: '/readyz/postgres', text: 'ok' },
  { what: 'one check by its other name', path: '/healthz/etcd', text: 'ok' },
  {
    what: 'one check says why it fails',
    path: '/readyz/etcd',
    wrong: DOWN,
    status: 500,
    text: 'internal server error: connection to 192.0.2.7 refused\n',
  },
  { what: 'no such check', path: '/readyz/nothing', status: 404, text: '404 page not found\n' },
  { what: 'no such check of life', path: '/livez/postgres', status: 404, text: '404 page not found\n' },
  {
    what: 'who shuts down is not ready',
    path: '/readyz',
    wrong: GOING,
    status: 500,
    text: '[+]ping ok\n[+]log ok\n[+]loop ok\n[+]postgres ok\n[-]shutdown failed: reason withheld\nreadyz check failed\n',
  },
  { what: 'who shuts down lives', path: '/livez', wrong: GOING, text: 'ok' },
  { what: 'who shuts down is not ill', path: '/healthz', wrong: GOING, text: 'ok' },
  {
    what: 'why it is not ready',
    path: '/readyz/shutdown',
    wrong: GOING,
    status: 500,
    text: 'internal server error: process is shutting down\n',
  },
];

for (const { what, path, text, status = 200, wrong: causes = {} } of ROWS)
  test(`${what}: ${path}`, async () => {
    wrong.clear();
    for (const [name, why] of Object.entries(causes)) wrong.set(name, why);
    const answer = await server.call(path);
    assert.deepEqual([answer.status, answer.text], [status, text]);
    assert.equal(answer.headers['content-type'], 'text/plain; charset=utf-8');
    assert.equal(answer.headers['x-content-type-options'], 'nosniff');
  });

test('anybody may ask whether, and only who may know is told why', async () => {
  wrong.clear();
  for (const path of ['/healthz', '/livez?verbose', '/readyz'])
    assert.equal((await server.call(path, { as: null })).status, 200, path);
  const dev = await server.authority.client('jane', 'dev');
  for (const path of ['/healthz/ping', '/livez/ping', '/readyz/postgres', '/readyz/nothing']) {
    assert.equal((await server.call(path, { as: null })).status, 401, path);
    const refused = await server.call(path, { as: dev });
    assert.equal(refused.status, 403, path);
    assert.equal(refused.message, `forbidden: User "jane" cannot get path "${path}"`);
  }
  const monitor = await server.authority.client('prometheus', 'system:monitoring');
  assert.equal((await server.call('/readyz/postgres', { as: monitor })).text, 'ok');
});

test('health is only read', async () => {
  assert.equal((await server.call('/readyz', { method: 'POST', as: null })).status, 405);
  assert.equal((await server.call('/version', { method: 'POST' })).status, 405);
  assert.equal((await server.call('/readyz/ping', { method: 'DELETE' })).status, 405);
});
