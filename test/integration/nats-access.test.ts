import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { natsConfigText } from '@reckon/cli/components/nats.ts';
import { NatsLogFeed, NatsRelay } from '@reckon/eventlog';
import { MemorySource, NO_LOCK } from '@reckon/eventlog/testing/memory-source.ts';
import { freePort, systemClock } from '@reckon/service';

describe('who may do what on NATS, as `up` sets it up', () => {
  const directory = mkdtempSync(join(tmpdir(), 'reckon-nats-access-'));
  const passwords = { natsPublisher: 'secret of the publisher', natsReader: 'secret of the reader' };
  const source = new MemorySource('a1');
  let url: string;
  let relay: NatsRelay;
  let stop: () => Promise<void>;

  before(async () => {
    const port = await freePort();
    url = `nats://127.0.0.1:${port}`;
    const config = join(directory, 'nats.conf');
    writeFileSync(config, natsConfigText({ name: 'test', port, storeDir: directory, passwords }));
    const server = spawn('nats-server', ['--config', config], { stdio: ['ignore', 'ignore', 'pipe'] });
    await new Promise<void>((resolve, reject) => {
      server.on('exit', () => reject(new Error('nats-server ended')));
      server.stderr.on('data', (chunk) => String(chunk).includes('Server is ready') && resolve());
    });
    stop = async () => {
      server.kill();
      await once(server, 'exit');
    };
    source.append(3);
    const nats = { url, user: 'publisher', password: passwords.natsPublisher };
    relay = new NatsRelay({ nats, source, lock: NO_LOCK, clock: systemClock });
    const published = new Promise<void>((resolve) => {
      relay.onStatus(({ publishedRev }) => publishedRev === 3 && resolve());
    });
    relay.start();
    await published;
  });
  after(async () => {
    await relay?.stop();
    await stop?.();
    rmSync(directory, { recursive: true });
  });

  const asReader = (): Promise<NatsConnection> =>
    connect({ servers: url, user: 'reader', pass: passwords.natsReader, timeout: 2_000 });

  test('the publisher publishes, and the reader follows', async () => {
    const feed = new NatsLogFeed({ url, user: 'reader', password: passwords.natsReader });
    const abort = new AbortController();
    let through = 0;
    for await (const chunk of feed.follow({ logId: 'a1', after: 0 }, abort.signal)) {
      through = chunk.through;
      if (through === 3) break;
    }
    assert.equal(through, 3);
  });

  test('the reader can neither publish to the log nor delete a stream', async () => {
    const connection = await asReader();
    try {
      const manager = await jetstreamManager(connection);
      const [stream] = await manager.streams.list().next();
      assert.ok(stream);
      const before = stream.state.messages;
      await assert.rejects(manager.streams.delete(stream.config.name), /permission/i);
      await assert.rejects(manager.streams.purge(stream.config.name), /permission/i);
      connection.publish('log.core.pods.default.forged', '{}');
      await connection.flush();
      assert.equal((await manager.streams.info(stream.config.name)).state.messages, before);
    } finally {
      await connection.close();
    }
  });

  test('nobody gets in without a password', async () => {
    await assert.rejects(connect({ servers: url, timeout: 2_000 }), /authorization/i);
  });
});
