/** HTTP/1.1 and HTTP/2, compressed and not: whichever way a request comes, its answer is the same. */
import assert from 'node:assert/strict';
import { type ClientHttp2Stream, constants } from 'node:http2';
import { after, before, describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { createProtobufCodec, loadSchema } from '@reckon/api';
import { answerOf, Http2Client } from '../testing/http2-client.ts';
import type { Caller, RawAnswer } from '../testing/raw-client.ts';
import {
  configMap,
  JSON_BODY,
  MAPS,
  PROTOBUF,
  patchOf,
  read,
  SemanticsWorld,
} from '../testing/semantics-world.ts';

let here: SemanticsWorld;
let http2: Http2Client;
let other: Http2Client;
before(async () => {
  here = await SemanticsWorld.start();
  const { world } = here;
  const options = { port: world.config.rest.port, authority: world.authority.certificate, as: world.admin };
  http2 = new Http2Client(options);
  other = new Http2Client(options);
  await here.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'big' } });
  for (const name of ['one', 'two']) await here.create(BIG, configMap(name, { text: LONG }));
  for (let i = 0; i < ACCOUNTS; i++) await here.create(SERVICES, account(`sa-${i}`));
});
after(async () => {
  http2.close();
  other.close();
  await here.stop();
});

const BIG = '/api/v1/namespaces/big/configmaps';
const SERVICES = '/api/v1/namespaces/big/serviceaccounts';
/** The two of them, whatever else a namespace comes with. */
const BOTH = `${BIG}?labelSelector=app+in+(one,two)`;
const LONG = 'lang und breit '.repeat(10_000);
const ACCOUNTS = 50;
const META = 'g=meta.k8s.io;v=v1';
const GZIP = { 'accept-encoding': 'gzip' };

function account(name: string): object {
  const annotations = { 'example.com/what': 'as many as it takes for a table to be large '.repeat(80) };
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, annotations } };
}

function deployed(name: string, more: object = {}): string {
  return JSON.stringify(Object.assign(configMap(name), more));
}

const WAYS: readonly (readonly [string, () => Caller])[] = [
  ['HTTP/1.1', () => here.client],
  ['HTTP/2', () => http2],
];

/** What an answer says apart from when and under which id it was given. */
function said({ status, headers, bytes, text }: RawAnswer): object {
  const { 'content-type': type, 'content-encoding': encoding, 'content-length': length, warning } = headers;
  const whole = length === undefined || Number(length) === bytes.length;
  return { status, type, encoding, whole, warning, text: timeless(text) };
}

/** Without what differs from one object, and from one second, to the next. */
function timeless(text: string): string {
  return text.replace(/"creationTimestamp":"[^"]*"|"uid":"[^"]*"|"time":"[^"]*"|"\d+[smh](\d+s)?"/g, '');
}

/** The first lines of a stream, which is then ended. */
async function firstLines(stream: ClientHttp2Stream, count: number): Promise<readonly string[]> {
  let text = '';
  for await (const chunk of stream) {
    text += chunk;
    if (text.split('\n').length > count) break;
  }
  return text.trimEnd().split('\n');
}

const LARGE_ANSWERS: readonly (readonly [what: string, path: string, accept: string])[] = [
  ['a list', BOTH, 'application/json'],
  ['an indented list', `${BOTH}&pretty=1`, 'application/json'],
  ['a list in YAML', BOTH, 'application/yaml'],
  ['a list in protobuf', BOTH, PROTOBUF],
  ['a table', `${SERVICES}?includeObject=Object`, `application/json;as=Table;${META}`],
  ['a list of metadata', SERVICES, `application/json;as=PartialObjectMetadataList;${META}`],
  ['one object', `${BIG}/one`, 'application/json'],
  ['one indented object', `${BIG}/one?pretty=1`, 'application/json'],
  ['one object in YAML', `${BIG}/one`, 'application/yaml'],
  ['one object in protobuf', `${BIG}/one`, PROTOBUF],
  ['OpenAPI v2', '/openapi/v2', 'application/json'],
  ['OpenAPI v2 in protobuf', '/openapi/v2', 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf'],
  ['OpenAPI v3', '/openapi/v3/api/v1', 'application/json'],
];

for (const [way, client] of WAYS) {
  describe(`over ${way}`, () => {
    for (const [what, path, accept] of LARGE_ANSWERS) {
      test(`${what} of more than 128 KiB is compressed for who asks, and is the same`, async () => {
        const plain = await client().call(path, { headers: { accept } });
        assert.equal(plain.status, 200, plain.text.slice(0, 500));
        assert.ok(plain.bytes.length > 128 * 1024, `${plain.bytes.length} bytes`);
        assert.equal(plain.headers['content-encoding'], undefined);
        assert.equal(Number(plain.headers['content-length']), plain.bytes.length);
        const packed = await client().call(path, { headers: { accept, ...GZIP } });
        assert.equal(packed.status, 200);
        assert.equal(packed.headers['content-encoding'], 'gzip');
        assert.match(String(packed.headers.vary), /Accept-Encoding/);
        assert.equal(packed.headers['content-type'], plain.headers['content-type']);
        const unpacked = gunzipSync(packed.bytes).toString('latin1');
        assert.ok(timeless(unpacked) === timeless(plain.bytes.toString('latin1')));
      });
    }

    for (const encoding of ['identity', 'gzip;q=0', 'br', 'x-gzip-like', '', 'deflate, gzip;q=0.0'])
      test(`nobody is sent gzip who says "${encoding}"`, async () => {
        const answer = await client().call(BOTH, { headers: { 'accept-encoding': encoding } });
        assert.equal(answer.headers['content-encoding'], undefined);
        assert.equal(read(answer).items?.length, 2);
      });

    for (const encoding of ['gzip, deflate, br', 'br;q=1.0, gzip;q=0.8, *;q=0.1', 'deflate,gzip'])
      test(`"${encoding}" takes gzip`, async () => {
        const answer = await client().call(BOTH, { headers: { 'accept-encoding': encoding } });
        assert.equal(answer.headers['content-encoding'], 'gzip');
      });

    test('what is small is not compressed, nor is an error', async () => {
      for (const path of [MAPS, `${MAPS}/a`, `${MAPS}/nobody`]) {
        const answer = await client().call(path, { headers: GZIP });
        assert.equal(answer.headers['content-encoding'], undefined, path);
        assert.ok(read(answer).kind, path);
      }
    });

    test('the answer to a write of a large object is compressed, too', async () => {
      const body = JSON.stringify(configMap(`made-${way.length}`, { text: LONG }));
      const made = await client().call(BIG, { method: 'POST', headers: { ...JSON_BODY, ...GZIP }, body });
      assert.deepEqual([made.status, made.headers['content-encoding']], [201, 'gzip']);
      const patch = patchOf('merge-patch+json', '{"metadata":{"labels":{"a":"b"}}}');
      const path = `${BIG}/made-${way.length}`;
      const patched = await client().call(path, { ...patch, headers: { ...patch.headers, ...GZIP } });
      assert.deepEqual([patched.status, patched.headers['content-encoding']], [200, 'gzip']);
      const object = JSON.parse(gunzipSync(patched.bytes).toString());
      assert.deepEqual([object.metadata.labels.a, object.data.text], ['b', LONG]);
      await client().call(path, { method: 'DELETE' });
    });

    test('a watch is not compressed, however large its objects are', async () => {
      const answer = await client().call(`${BOTH}&watch=1&timeoutSeconds=1`, { headers: GZIP });
      assert.equal(answer.headers['content-encoding'], undefined);
      const lines = answer.text.trimEnd().split('\n');
      assert.deepEqual(
        lines.map((line) => JSON.parse(line).type),
        ['ADDED', 'ADDED'],
      );
    });

    test('bodies: to just under 3 MiB they are read, beyond that refused, and none may be cut short', async () => {
      const post = (body: string | Buffer) =>
        client().call(MAPS, { method: 'POST', headers: JSON_BODY, body });
      const padded = (lengthBytes: number) => deployed('padded').padEnd(lengthBytes, ' ');
      assert.equal((await post(padded(3 * 1024 * 1024))).status, 201);
      await client().call(`${MAPS}/padded`, { method: 'DELETE' });
      const over = await post(padded(3 * 1024 * 1024 + 1));
      assert.deepEqual(
        [over.status, read(over).reason, read(over).message],
        [413, 'RequestEntityTooLarge', 'Request entity too large: limit is 3145728'],
      );
      assert.equal((await post(deployed('cut').slice(0, -3))).status, 400);
      assert.equal((await post(Buffer.alloc(0))).status, 400);
      assert.equal((await client().call(`${MAPS}/a`)).status, 200);
    });

    test('a list that has not changed is 304 only where there is a tag', async () => {
      const first = await client().call('/openapi/v3', { headers: GZIP });
      const headers = { ...GZIP, 'if-none-match': String(first.headers.etag) };
      const again = await client().call('/openapi/v3', { headers });
      assert.deepEqual([again.status, again.bytes.length], [304, 0]);
      assert.equal(again.headers.etag, first.headers.etag);
    });

    test('HEAD says how long the answer would be', async () => {
      for (const path of [`${MAPS}/a`, BOTH, '/readyz', '/openapi/v3/api/v1']) {
        const got = await client().call(path);
        const head = await client().call(path, { method: 'HEAD' });
        assert.deepEqual([head.status, head.bytes.length], [200, 0], path);
        assert.equal(head.headers['content-length'], got.headers['content-length'], path);
      }
    });
  });
}

const ANSWERS: readonly (readonly [status: number, path: string, call: Parameters<Caller['call']>[1]])[] = [
  [200, `${MAPS}/a`, {}],
  [200, BOTH, {}],
  [200, MAPS, { headers: { accept: `application/json;as=Table;${META}` } }],
  [200, `${MAPS}/a`, { headers: { accept: 'application/yaml' } }],
  [200, `${MAPS}?watch=1&timeoutSeconds=1&allowWatchBookmarks=true`, {}],
  [200, `${MAPS}/a`, patchOf('merge-patch+json', '{}')],
  [200, `${MAPS}/a?fieldValidation=Warn`, patchOf('merge-patch+json', '{"gibt":"es nicht"}')],
  [201, `${MAPS}?dryRun=All`, { method: 'POST', headers: JSON_BODY, body: deployed('dry') }],
  [400, MAPS, { method: 'POST', headers: JSON_BODY, body: '{"kind":' }],
  [400, `${MAPS}?limit=many`, {}],
  [400, `${MAPS}?labelSelector=((`, {}],
  [404, `${MAPS}/nobody`, {}],
  [404, '/nowhere', {}],
  [404, '/readyz/nothing', {}],
  [405, '/api/v1/configmaps', { method: 'POST', headers: JSON_BODY, body: deployed('x') }],
  [406, MAPS, { headers: { accept: 'text/html' } }],
  [409, MAPS, { method: 'POST', headers: JSON_BODY, body: deployed('a') }],
  [410, `${MAPS}?watch=1&resourceVersion=999999999`, {}],
  [415, MAPS, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'x' }],
  [422, `${MAPS}?resourceVersionMatch=Exact`, {}],
  [422, MAPS, { method: 'POST', headers: JSON_BODY, body: deployed('Not A Name') }],
];

describe('HTTP/1.1 and HTTP/2 say the same', () => {
  for (const [status, path, call] of ANSWERS)
    test(`${status}: ${call?.method ?? 'GET'} ${path}`, async () => {
      const [first, second] = [await here.client.call(path, call), await http2.call(path, call)];
      assert.equal(first.status, status, first.text);
      assert.deepEqual(said(second), said(first));
    });
});

describe('one HTTP/2 connection', () => {
  test('carries a thousand requests at once, each with its own answer', async () => {
    const calls = Array.from({ length: 1_000 }, (_, i) => `${SERVICES}/sa-${i % ACCOUNTS}`);
    const answers = await Promise.all(calls.map((path) => http2.call(path)));
    assert.deepEqual(
      answers.map((answer) => `${SERVICES}/${read(answer).metadata.name}`),
      calls,
    );
  });

  test('carries a hundred watches, each of which sees every change', async () => {
    const { metadata } = await here.get(MAPS);
    const path = `${MAPS}?watch=1&resourceVersion=${metadata.resourceVersion}`;
    const watches = Array.from({ length: 100 }, () => {
      const stream = other.open(path);
      stream.end();
      const began = new Promise((resolve) => stream.once('response', resolve));
      return { began, lines: firstLines(stream, 2) };
    });
    await Promise.all(watches.map(({ began }) => began));
    // Watches do not take the places of requests.
    for (const value of ['1', '2'])
      await other.call(`${MAPS}/b`, patchOf('merge-patch+json', `{"data":{"seen":"${value}"}}`));
    for (const { lines } of watches)
      assert.deepEqual(
        (await lines).map((line) => JSON.parse(line).object.data.seen),
        ['1', '2'],
      );
  });

  test('a client that stops reading one answer gets the others', async () => {
    const slow = other.open(BOTH);
    slow.end();
    await new Promise((resolve) => slow.once('response', resolve));
    slow.pause();
    for (let i = 0; i < 20; i++) assert.equal((await other.call(`${MAPS}/c`)).status, 200);
    const rest = answerOf(slow);
    slow.resume();
    assert.equal(read(await rest).items?.length, 2);
  });

  test('a stream that the client resets leaves the others alone', async () => {
    const { metadata } = await here.get(MAPS);
    const path = `${MAPS}?watch=1&resourceVersion=${metadata.resourceVersion}`;
    for (let i = 0; i < 50; i++) {
      const stream = other.open(path);
      stream.on('error', () => {});
      stream.end();
      await new Promise((resolve) => stream.once('response', resolve));
      stream.close(constants.NGHTTP2_CANCEL);
    }
    const half = other.open(MAPS, { method: 'POST', headers: JSON_BODY });
    half.on('error', () => {});
    half.write('{"apiVersion":');
    half.close(constants.NGHTTP2_CANCEL);
    assert.equal((await other.call(`${MAPS}/c`)).status, 200);
    const running = async () =>
      /^apiserver_longrunning_requests (\d+)$/m.exec((await other.call('/metrics')).text)?.[1];
    while ((await running()) !== '0') await new Promise((resolve) => setImmediate(resolve));
  });

  test('a watch in protobuf is whole frames, and a list one object', async () => {
    const codec = createProtobufCodec(loadSchema());
    const headers = { accept: `${PROTOBUF};stream=watch` };
    const { bytes } = await http2.call(`${BOTH}&watch=1&timeoutSeconds=1`, { headers });
    let frames = 0;
    for (let at = 0; at < bytes.length; at += 4 + bytes.readUInt32BE(at)) frames++;
    assert.equal(frames, 2);
    const list = await http2.call(BOTH, { headers: { accept: PROTOBUF } });
    assert.equal(codec.decode(list.bytes).kind, 'ConfigMapList');
  });
});
