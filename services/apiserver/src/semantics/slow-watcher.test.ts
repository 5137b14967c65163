/** Requirement of fairness: a slow watcher costs only itself. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:https';
import { after, before, describe, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { JSON_BODY, MAPS, SemanticsWorld } from '../testing/semantics-world.ts';

/** 64 MB: more than the ring of recent changes holds, which is everybody's (48 MiB). */
const FILLING = 128;
/** 96 MB: far more than sockets and buffers hold. */
const WRITES = 192;
const BYTES = 512 * 1024;

let here: SemanticsWorld;
before(async () => {
  here = await SemanticsWorld.start();
});
after(() => here.stop());

/** Bytes in buffers that somebody still holds. What one collection finds is given back beside the program: the next waits for it. */
async function held(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  for (let i = 0; i < 3; i++) {
    // What was read and written has been told of.
    await new Promise((resolve) => setImmediate(resolve));
    collect();
  }
  return process.memoryUsage().arrayBuffers;
}

/** A watch of the ConfigMaps; nothing of it is read before somebody listens. */
async function watch() {
  const { port } = here.world.config.rest;
  const { authority, admin } = here.world;
  const asked = request({
    host: '127.0.0.1',
    port,
    path: `${MAPS}?watch=1&fieldSelector=metadata.name=big&timeoutSeconds=60`,
    ca: authority.certificate,
    cert: admin.certificate,
    key: admin.privateKey,
    agent: false,
  });
  asked.end();
  const [answer] = await once(asked, 'response');
  return answer;
}

/** How often it changed, as it is heard. */
function count(answer: NodeJS.ReadableStream): { readonly upTo: (wanted: number) => Promise<void> } {
  let lines = 0;
  let wake = () => {};
  answer.on('data', (chunk: Buffer) => {
    for (const byte of chunk) if (byte === 0x0a) lines++;
    wake();
  });
  return {
    async upTo(wanted) {
      while (lines < wanted) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

async function write(times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    const data = { text: String(i % 10).repeat(BYTES) };
    const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'big' }, data };
    const body = JSON.stringify(map);
    const answer = await here.client.call(`${MAPS}/big`, { method: 'PUT', headers: JSON_BODY, body });
    assert.equal(answer.status, 200, answer.text);
  }
}

describe('a watcher that does not read', () => {
  test('keeps nobody else waiting, is not remembered without bound, and gets the rest when it reads', {
    timeout: 120_000,
  }, async () => {
    const quick = await watch();
    const heard = count(quick);
    await here.create(MAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'big' }, data: {} });
    await write(FILLING);
    await heard.upTo(1 + FILLING);
    const beforeBytes = await held();
    const slow = await watch();
    await write(WRITES);
    await heard.upTo(1 + FILLING + WRITES);
    const grownBytes = (await held()) - beforeBytes;
    assert.ok(grownBytes < 32 * 1024 * 1024, `${grownBytes} bytes more are held`);
    // The object as it was found, and each change.
    await count(slow).upTo(1 + WRITES);
    slow.destroy();
    quick.destroy();
  });
});
