/** What the documents of the Kubernetes API promise who reads (https://kubernetes.io/docs/reference/using-api/api-concepts/). */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createProtobufCodec, loadSchema } from '@reckon/api';
import { parse } from 'yaml';
import { configMap, MAPS, names, PROTOBUF, patchOf, SemanticsWorld } from '../testing/semantics-world.ts';

const META = 'g=meta.k8s.io;v=v1';

let here: SemanticsWorld;
before(async () => {
  here = await SemanticsWorld.start();
});
after(() => here.stop());

describe('revisions', () => {
  test('a list is the latest, any, not older than, or exactly as of a revision', async () => {
    const was = await here.get(MAPS);
    const rv = was.metadata.resourceVersion ?? '';
    await here.create(MAPS, configMap('later'));
    for (const query of ['', '?resourceVersion=0', `?resourceVersion=${rv}`])
      assert.ok(names(await here.get(`${MAPS}${query}`)).includes('later'), query);
    const exact = await here.get(`${MAPS}?resourceVersion=${rv}&resourceVersionMatch=Exact`);
    assert.deepEqual(names(exact), names(was));
    assert.equal(exact.metadata.resourceVersion, rv);
  });

  test('pages of a list are of one revision, whatever is written meanwhile', async () => {
    const whole = await here.get(MAPS);
    const first = await here.get(`${MAPS}?limit=2`);
    await here.client.call(`${MAPS}/c`, patchOf('merge-patch+json', '{"data":{"key":"new"}}'));
    await here.create(MAPS, configMap('b-and-a-half'));
    const token = encodeURIComponent(first.metadata.continue ?? '');
    const rest = await here.get(`${MAPS}?limit=500&continue=${token}`);
    assert.deepEqual([...names(first), ...names(rest)], names(whole));
    assert.equal(rest.metadata.resourceVersion, first.metadata.resourceVersion);
    assert.equal(rest.items?.find(({ metadata }) => metadata.name === 'c')?.data?.key, 'value');
  });

  test('a streaming list sends what is there, and a bookmark that says so', async () => {
    const query = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
    const changes = await here.watch(`${query}&labelSelector=app+in+(a,b)`);
    assert.deepEqual(
      changes.map(({ type, object }) => [type, object.metadata.name]),
      [
        ['ADDED', 'a'],
        ['ADDED', 'b'],
        ['BOOKMARK', undefined],
      ],
    );
    assert.equal(changes[2]?.object.metadata.annotations?.['k8s.io/initial-events-end'], 'true');
  });

  test('a watch ends after timeoutSeconds and is resumed without a gap', async () => {
    const { metadata } = await here.get(MAPS);
    await here.client.call(`${MAPS}/a`, patchOf('merge-patch+json', '{"data":{"seen":"once"}}'));
    const [first, ...more] = await here.watch(`resourceVersion=${metadata.resourceVersion}`);
    assert.equal(first?.type, 'MODIFIED');
    assert.deepEqual(more, []);
    assert.deepEqual(await here.watch(`resourceVersion=${first.object.metadata.resourceVersion}`), []);
  });
});

describe('forms of an answer', () => {
  const streaming = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';

  test('a watch of metadata has its bookmarks in that form, too', async () => {
    const accept = `application/json;as=PartialObjectMetadata;${META}`;
    const changes = await here.watch(`${streaming}&fieldSelector=metadata.name%3Da`, accept);
    assert.deepEqual(
      changes.map(({ type, object }) => [type, object.kind]),
      [
        ['ADDED', 'PartialObjectMetadata'],
        ['BOOKMARK', 'PartialObjectMetadata'],
      ],
    );
  });

  test('a watch of tables is one of tables to its bookmarks', async () => {
    const changes = await here.watch(
      `${streaming}&fieldSelector=metadata.name%3Da`,
      `application/json;as=Table;${META}`,
    );
    const [added, bookmark] = changes.map(({ object }) => object);
    assert.equal(added?.rows?.[0]?.object?.metadata.name, 'a');
    assert.equal(bookmark?.kind, 'Table');
    const annotations = bookmark.rows?.[0]?.object?.metadata.annotations;
    assert.equal(annotations?.['k8s.io/initial-events-end'], 'true');
  });

  test('metadata as protobuf: one, a list, a watch with its bookmark', async () => {
    const codec = createProtobufCodec(loadSchema());
    const accept = (as: string) => ({
      headers: { accept: `${PROTOBUF};as=${as};${META},application/json;as=${as};${META}` },
    });
    const one = await here.client.call(`${MAPS}/a`, accept('PartialObjectMetadata'));
    assert.equal(codec.decode(one.bytes).kind, 'PartialObjectMetadata');
    const list = await here.client.call(MAPS, accept('PartialObjectMetadataList'));
    assert.equal(codec.decode(list.bytes).kind, 'PartialObjectMetadataList');
    const query = `${streaming}&watch=1&timeoutSeconds=1&fieldSelector=metadata.name%3Da`;
    const stream = await here.client.call(`${MAPS}?${query}`, accept('PartialObjectMetadata'));
    assert.equal(stream.status, 200);
    assert.equal(stream.headers['content-type'], `${PROTOBUF};stream=watch`);
    const lengths: number[] = [];
    for (let at = 0; at < stream.bytes.length; at += 4 + stream.bytes.readUInt32BE(at))
      lengths.push(stream.bytes.readUInt32BE(at));
    assert.equal(lengths.length, 2);
    assert.match(stream.text, /ADDED.*PartialObjectMetadata.*BOOKMARK.*initial-events-end/s);
  });

  test('protobuf goes both ways, and errors are protobuf for who asks so', async () => {
    const codec = createProtobufCodec(loadSchema());
    const headers = { 'content-type': PROTOBUF, accept: PROTOBUF };
    const body = codec.encode({ ...configMap('by-protobuf') });
    const created = await here.client.call(MAPS, { method: 'POST', headers, body });
    assert.equal(created.status, 201, created.text);
    assert.deepEqual(codec.decode(created.bytes).data, { key: 'value' });
    const again = codec.decode((await here.client.call(MAPS, { method: 'POST', headers, body })).bytes);
    assert.equal(again.reason, 'AlreadyExists');
    const list = codec.decode((await here.client.call(MAPS, { headers })).bytes);
    assert.equal(list.kind, 'ConfigMapList');
  });

  test('YAML says the same to a reader of YAML 1.1', async () => {
    await here.create(MAPS, configMap('yaml', { switch: 'on', mode: '0644', when: '2026-01-01T00:00:00Z' }));
    const headers = { accept: 'application/yaml', 'content-type': 'application/yaml' };
    const { text } = await here.client.call(`${MAPS}/yaml`, { headers });
    assert.match(text, /creationTimestamp: "/);
    assert.deepEqual(parse(text, { version: '1.1' }), await here.get(`${MAPS}/yaml`));
    assert.equal(
      (await here.client.call(`${MAPS}/yaml`, { method: 'PUT', headers, body: text })).status,
      200,
    );
  });

  test('HEAD answers without a body, and pretty is indented', async () => {
    const head = await here.client.call(`${MAPS}/a`, { method: 'HEAD' });
    assert.deepEqual([head.status, head.bytes.length], [200, 0]);
    const { text } = await here.client.call(`${MAPS}/a/?pretty=true`);
    assert.match(text, /^\{\n {2}"apiVersion"/);
  });
});
