/**
 * Which revision a list is of, and where it goes on: the tables of
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#semantics-for-get-and-list, row by row.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Meta, names, read, SemanticsWorld, type Thing } from '../testing/semantics-world.ts';

const ROLES = '/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles';
const THEN = ['r1', 'r2', 'r3'];
const NOW = [...THEN, 'r4', 'r5'];

let here: SemanticsWorld;
/** The revision at which there were only three. */
let then = '';
before(async () => {
  here = await SemanticsWorld.start();
  for (const name of THEN) await here.create(ROLES, role(name));
  then = (await list('')).metadata.resourceVersion ?? '';
  for (const name of NOW.slice(THEN.length)) await here.create(ROLES, role(name));
});
after(() => here.stop());

function role(name: string): object {
  const metadata = { name, labels: { odd: String(/[135]/.test(name)) } };
  return { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata, rules: [] };
}

const list = (query: string): Promise<Thing> => here.get(`${ROLES}?${query.replaceAll('THEN', then)}`);

const refused = async (query: string) => {
  const { status, text } = await here.client.call(`${ROLES}?${query.replaceAll('THEN', then)}`);
  const { message = '', reason, metadata } = JSON.parse(text) as Thing & { readonly metadata: Meta };
  return { status, reason, message, metadata };
};

async function pages(query: string): Promise<readonly Thing[]> {
  const all = [await list(query)];
  for (;;) {
    const token = all.at(-1)?.metadata.continue;
    if (!token) return all;
    all.push(await list(`limit=2&continue=${encodeURIComponent(token)}`));
  }
}

const tokenOf = (content: unknown) => Buffer.from(JSON.stringify(content)).toString('base64url');
const PLACE = { v: 'reckon/v1', ns: 'default', name: 'r2' };

describe('a list without limit', () => {
  const ROWS: readonly (readonly [query: string, names: readonly string[]])[] = [
    ['', NOW],
    ['resourceVersion=', NOW],
    ['resourceVersionMatch=', NOW],
    ['resourceVersion=0', NOW],
    ['resourceVersion=0&resourceVersionMatch=NotOlderThan', NOW],
    ['resourceVersion=THEN', NOW],
    ['resourceVersion=THEN&resourceVersionMatch=NotOlderThan', NOW],
    ['resourceVersion=THEN&resourceVersionMatch=Exact', THEN],
    ['limit=0', NOW],
    ['limit=-1', NOW],
  ];
  for (const [query, expected] of ROWS)
    test(`?${query} is of ${expected === THEN ? 'that revision' : 'the present'}`, async () => {
      const whole = await list(query);
      assert.deepEqual(names(whole), expected);
      assert.equal(whole.metadata.continue, undefined);
      assert.equal(whole.metadata.resourceVersion === then, expected === THEN);
    });
});

describe('a list by pages', () => {
  const ROWS: readonly (readonly [query: string, names: readonly string[]])[] = [
    ['limit=2', NOW],
    ['limit=2&resourceVersion=0', NOW],
    ['limit=2&resourceVersion=0&resourceVersionMatch=NotOlderThan', NOW],
    ['limit=2&resourceVersion=THEN', THEN],
    ['limit=2&resourceVersion=THEN&resourceVersionMatch=NotOlderThan', NOW],
    ['limit=2&resourceVersion=THEN&resourceVersionMatch=Exact', THEN],
  ];
  for (const [query, expected] of ROWS)
    test(`?${query} is of ${expected === THEN ? 'that revision' : 'the present'}, and so are all its pages`, async () => {
      const all = await pages(query);
      assert.deepEqual(all.flatMap(names), expected);
      assert.deepEqual(
        all.map(({ items = [] }) => items.length),
        expected === THEN ? [2, 1] : [2, 2, 1],
      );
      const versions = new Set(all.map(({ metadata }) => metadata.resourceVersion));
      assert.equal(versions.size, 1);
      assert.equal(versions.has(then), expected === THEN);
    });

  test('says how many are to come only where nothing is selected', async () => {
    const remaining = async (query: string) => (await list(query)).metadata.remainingItemCount;
    assert.equal(await remaining('limit=2'), 3);
    for (const query of [
      'labelSelector=odd%3Dtrue',
      'labelSelector=odd',
      'fieldSelector=metadata.name!%3Dr2',
    ])
      assert.equal(await remaining(`limit=1&${query}`), undefined, query);
    assert.equal(await remaining('limit=500'), undefined);
    const { metadata } = await list('limit=2');
    const next = `limit=2&continue=${encodeURIComponent(metadata.continue ?? '')}`;
    assert.equal(await remaining(next), 1);
  });

  test('a page may be asked for with the revision 0 beside its token', async () => {
    const { metadata } = await list('limit=2');
    const token = encodeURIComponent(metadata.continue ?? '');
    assert.deepEqual(names(await list(`resourceVersion=0&continue=${token}`)), NOW.slice(2));
  });
});

describe('what contradicts itself is refused', () => {
  const token = tokenOf({ ...PLACE, rv: 1, at: Number.MAX_SAFE_INTEGER });
  const ROWS: readonly (readonly [query: string, status: number, message: RegExp])[] = [
    [
      'resourceVersionMatch=Exact',
      422,
      /resourceVersionMatch: Forbidden: .*unless resourceVersion is provided/,
    ],
    ['resourceVersionMatch=NotOlderThan', 422, /Forbidden: .*unless resourceVersion is provided/],
    ['limit=2&resourceVersionMatch=Exact', 422, /Forbidden: .*unless resourceVersion is provided/],
    ['limit=2&resourceVersionMatch=NotOlderThan', 422, /Forbidden: .*unless resourceVersion is provided/],
    ['resourceVersion=0&resourceVersionMatch=Exact', 422, /"exact" is forbidden for resourceVersion "0"/],
    ['limit=2&resourceVersion=0&resourceVersionMatch=Exact', 422, /is forbidden for resourceVersion "0"/],
    [
      'resourceVersion=THEN&resourceVersionMatch=Newest',
      422,
      /supported values: "Exact", "NotOlderThan", ""/,
    ],
    [`resourceVersion=THEN&resourceVersionMatch=Exact&continue=${token}`, 422, /when continue is provided/],
    [
      `resourceVersion=THEN&resourceVersionMatch=NotOlderThan&continue=${token}`,
      422,
      /when continue is prov/,
    ],
    [
      `resourceVersion=THEN&continue=${token}`,
      400,
      /^specifying resource version is not allowed when using con/,
    ],
    ['resourceVersion=abc', 400, /^invalid resource version: .*parsing "abc": invalid syntax/],
    ['resourceVersion=-1', 400, /^invalid resource version/],
    ['resourceVersion=1.5&resourceVersionMatch=Exact', 400, /^invalid resource version/],
    ['limit=some', 400, /parsing "some": invalid syntax/],
  ];
  for (const [query, status, message] of ROWS)
    test(`${status}: ?${query}`, async () => {
      const answer = await refused(query);
      assert.equal(answer.status, status, answer.message);
      assert.match(answer.message, message);
    });
});

describe('a continue token', () => {
  const BROKEN: readonly (readonly [what: string, token: string, message: RegExp])[] = [
    ['nothing that is encoded so', 'x', /continue key is not valid/],
    ['no object', tokenOf([]), /does not recognize this encoded version/],
    ['of another server', tokenOf({ v: 'meta.k8s.io/v1', rv: 5, start: 'r2' }), /version meta\.k8s\.io\/v1/],
    ['without revision', tokenOf({ ...PLACE, at: 0 }), /incorrect encoded start resourceVersion/],
    ['of revision 0', tokenOf({ ...PLACE, rv: 0, at: 0 }), /incorrect encoded start resourceVersion/],
    ['without place', tokenOf({ ...PLACE, name: '', rv: 5, at: 0 }), /encoded start key empty/],
  ];
  for (const [what, token, message] of BROKEN)
    test(`that is ${what} is refused`, async () => {
      const answer = await refused(`continue=${token}`);
      assert.deepEqual([answer.status, answer.reason], [400, 'BadRequest']);
      assert.match(answer.message, /^invalid continue token: continue key is not valid/);
      assert.match(answer.message, message);
    });

  test('that has expired is answered with one that goes on in the present', async () => {
    const old = tokenOf({ ...PLACE, rv: Number(then), at: 0 });
    const { status, reason, message, metadata } = await refused(`limit=2&continue=${old}`);
    assert.deepEqual([status, reason], [410, 'Expired']);
    assert.match(
      message ?? '',
      /^The provided continue parameter is too old to display a consistent list result/,
    );
    const rest = await list(`limit=2&continue=${encodeURIComponent(metadata.continue ?? '')}`);
    assert.deepEqual(names(rest), ['r3', 'r4']);
    assert.notEqual(rest.metadata.resourceVersion, then);
    const last = await list(`limit=2&continue=${encodeURIComponent(rest.metadata.continue ?? '')}`);
    assert.deepEqual(names(last), ['r5']);
    assert.equal(last.metadata.resourceVersion, rest.metadata.resourceVersion);
  });

  test('is expired in every form that an answer takes', async () => {
    const old = tokenOf({ ...PLACE, rv: Number(then), at: 0 });
    const accept = 'application/json;as=Table;g=meta.k8s.io;v=v1,application/json';
    const answer = await here.client.call(`${ROLES}?continue=${old}`, { headers: { accept } });
    assert.deepEqual([answer.status, read(answer).kind], [410, 'Status']);
    assert.ok(read(answer).metadata.continue);
  });
});

describe('a single object', () => {
  const get = (query: string) => here.client.call(`${ROLES}/r4?${query.replaceAll('THEN', then)}`);

  test('is the present one unless a revision is asked for that is too new or none', async () => {
    for (const query of ['', 'resourceVersion=0', 'resourceVersion=THEN'])
      assert.equal((await get(query)).status, 200, query);
    assert.equal((await get('resourceVersion=abc')).status, 400);
    const { headers, status, text } = await get('resourceVersion=900000');
    assert.equal(status, 504);
    assert.match(text, /"reason":"Timeout"/);
    assert.equal(headers['retry-after'], '1');
    assert.match(text, /"reason":"ResourceVersionTooLarge"/);
  });
});
