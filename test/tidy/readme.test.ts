import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { apiKinds } from '@reckon/cli/commands/api.ts';

const README = readFileSync(join(import.meta.dirname, '..', '..', 'README.md'), 'utf8');

/** Cells, without what a formatter pads them with. */
function rowsOf(markdown: string): readonly (readonly string[])[] {
  return markdown
    .trim()
    .split('\n')
    .filter((line) => !/^\|[\s|:-]+\|$/.test(line))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

test('the table of what the API covers is what the schema says: ./reckon api kinds -o markdown', () => {
  const [, table = ''] = /<!-- api kinds -->([\s\S]*)<!-- end of api kinds -->/.exec(README) ?? [];
  assert.deepEqual(rowsOf(table), rowsOf(apiKinds('markdown')));
});
