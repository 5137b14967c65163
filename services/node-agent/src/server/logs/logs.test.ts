import assert from 'node:assert/strict';
import { appendFile, mkdtemp, open, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { LogFormatter } from './format.ts';
import { type LogOptions, logOptions } from './options.ts';
import { readLog } from './read-log.ts';
import { tailOffset } from './tail.ts';

const ALL: LogOptions = {
  follow: false,
  previous: false,
  timestamps: false,
  tailLines: undefined,
  limitBytes: undefined,
  sinceMs: undefined,
};
const entry = (text: string, { second = 0, stream = 'stdout', tag = 'F' } = {}) =>
  `2026-01-01T00:00:${String(second).padStart(2, '0')}.000000000Z ${stream} ${tag} ${text}\n`;

describe('container logs', () => {
  let dir = '';
  let path = '';

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'reckon-logs-'));
    path = join(dir, '0.log');
  });

  after(() => rm(dir, { recursive: true }));

  async function read(options: Partial<LogOptions>, ended = true): Promise<string> {
    const parts: Buffer[] = [];
    const file = {
      path,
      onEnd: (listener: () => void) => {
        if (ended) listener();
        return () => undefined;
      },
      settle: async () => undefined,
    };
    for await (const part of readLog(file, { ...ALL, ...options }, new AbortController().signal))
      parts.push(part);
    return Buffer.concat(parts).toString();
  }

  it('show what was written, without the marks of the format', async () => {
    await writeFile(path, entry('one') + entry('two', { stream: 'stderr' }) + entry('spaces  kept '));
    assert.equal(await read({}), 'one\ntwo\nspaces  kept \n');
  });

  it('join long lines that were written in parts, under one timestamp', async () => {
    await writeFile(path, entry('aaa', { tag: 'P' }) + entry('bbb') + entry('ccc'));
    assert.equal(await read({}), 'aaabbb\nccc\n');
    const stamp = '2026-01-01T00:00:00.000000000Z';
    assert.equal(await read({ timestamps: true }), `${stamp} aaabbb\n${stamp} ccc\n`);
  });

  it('keep lines whole that both outputs wrote at the same time', async () => {
    const err = { stream: 'stderr' };
    await writeFile(path, entry('aaa', { tag: 'P' }) + entry('one', err) + entry('bbb') + entry('two', err));
    assert.equal(await read({}), 'aaabbb\none\ntwo\n');
    await writeFile(
      path,
      entry('aaa', { tag: 'P' }) + entry('eee', { ...err, tag: 'P' }) + entry('fff', err),
    );
    assert.equal(await read({}), 'aaaeeefff\n', 'a line that never ends holds nothing back');
  });

  it('begin where they are asked to, and end there', async () => {
    await writeFile(path, [0, 1, 2, 3].map((second) => entry(`line ${second}`, { second })).join(''));
    assert.equal(await read({ tailLines: 2 }), 'line 2\nline 3\n');
    assert.equal(await read({ tailLines: 0 }), '');
    assert.equal(await read({ tailLines: 99 }), 'line 0\nline 1\nline 2\nline 3\n');
    assert.equal(await read({ sinceMs: Date.parse('2026-01-01T00:00:02Z') }), 'line 2\nline 3\n');
    assert.equal(await read({ limitBytes: 8 }), 'line 0\nl');
  });

  it('are followed over a rotation until the container has ended', async () => {
    await writeFile(path, entry('before'));
    let end: () => void = () => undefined;
    const file = {
      path,
      onEnd: (listener: () => void) => {
        end = listener;
        return () => undefined;
      },
      // The runtime had a line in its hands when its file was replaced.
      settle: () => appendFile(`${path}.old`, entry('a late one')),
    };
    const seen: string[] = [];
    for await (const part of readLog(file, { ...ALL, follow: true }, new AbortController().signal)) {
      seen.push(part.toString());
      const text = seen.join('');
      if (text === 'before\n') await appendFile(path, entry('appended'));
      if (text === 'before\nappended\n') {
        await appendFile(path, entry('last of the old'));
        await rename(path, `${path}.old`);
        await writeFile(path, entry('first of the new'));
      }
      if (text.endsWith('new\n')) {
        await appendFile(path, entry('bye'));
        end();
      }
    }
    assert.equal(seen.join(''), 'before\nappended\nlast of the old\na late one\nfirst of the new\nbye\n');
  });

  it('stop being followed when nobody listens any more', async () => {
    await writeFile(path, entry('only'));
    const abort = new AbortController();
    const file = { path, onEnd: () => () => undefined, settle: async () => undefined };
    for await (const part of readLog(file, { ...ALL, follow: true }, abort.signal)) {
      assert.equal(part.toString(), 'only\n');
      abort.abort();
    }
  });

  it('the same comes out in whatever pieces a file is read', () => {
    const line = fc.record({
      text: fc.string({ unit: 'grapheme' }).map((t) => t.replaceAll('\n', '')),
      tag: fc.constantFrom('F', 'P'),
    });
    fc.assert(
      fc.property(fc.array(line), fc.integer({ min: 1, max: 50 }), (lines, size) => {
        const data = Buffer.from(lines.map(({ text, tag }) => entry(text, { tag })).join(''));
        const formatter = new LogFormatter(ALL);
        const parts: Buffer[] = [];
        for (let i = 0; i < data.length; i += size) parts.push(formatter.push(data.subarray(i, i + size)));
        const expected = lines.map(({ text, tag }) => (tag === 'F' ? `${text}\n` : text)).join('');
        assert.equal(Buffer.concat(parts).toString(), expected);
      }),
    );
  });

  it('the tail of a large file begins at the right line', async () => {
    const lines = Array.from({ length: 20_000 }, (_, i) => entry(`line ${i} ${'x'.repeat(i % 50)}`));
    await writeFile(path, lines.join(''));
    const handle = await open(path);
    const { size } = await handle.stat();
    const offset = await tailOffset(handle, size, 5_000);
    await handle.close();
    assert.equal(offset, Buffer.byteLength(lines.slice(0, 15_000).join('')));
  });

  it('numbers that are none are refused by name', () => {
    const parse = (text: string) => logOptions(new URLSearchParams(text), 0);
    assert.throws(() => parse('tailLines=-1'), { reason: 'BadRequest', message: /tailLines/ });
    assert.throws(() => parse('sinceTime=yesterday'), { reason: 'BadRequest', message: /sinceTime/ });
    assert.equal(parse('sinceSeconds=10').sinceMs, -10_000);
    assert.deepEqual(parse(''), { ...ALL });
  });
});
