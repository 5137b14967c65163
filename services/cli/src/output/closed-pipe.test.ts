import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';

test('a program whose reader has seen enough ends without a word', async () => {
  const module = JSON.stringify(new URL('./closed-pipe.ts', import.meta.url).href);
  const program = `
    import { endWithReader } from ${module};
    endWithReader(process.stdout);
    const line = () => { console.log('x'.repeat(1000)); setImmediate(line); };
    line();
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  await once(child.stdout, 'data');
  child.stdout.destroy();
  const [told, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  assert.equal(told, '');
  assert.equal(code, 141);
});
