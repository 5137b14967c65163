import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from './sources.ts';

const PROTO = join(ROOT, 'proto');
/** The API as it was last published: `buf build proto --exclude-source-info -o proto/published.binpb.gz`. */
const PUBLISHED = join(PROTO, 'published.binpb.gz');

/** What a client of the published API would stumble over; '' if nothing. */
function breaks(directory: string): string {
  try {
    execFileSync(join(ROOT, 'node_modules', '.bin', 'buf'), ['breaking', directory, '--against', PUBLISHED], {
      encoding: 'utf8',
      stdio: 'pipe',
    });
    return '';
  } catch (error) {
    assert.ok(error instanceof Error && 'stdout' in error, String(error));
    return String(error.stdout) || error.message;
  }
}

test('who was built against the published API is understood by the present one', () => {
  assert.equal(breaks(PROTO), '');
});

test('a field that changes its number, its name or its type, or goes, is noticed', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'reckon-proto-'));
  t.after(() => rmSync(directory, { recursive: true }));
  cpSync(PROTO, directory, {
    recursive: true,
    filter: (path) => !['node_modules', 'gen', 'bootstrap'].includes(basename(path)),
  });
  const file = join(directory, 'reckon', 'v1', 'api.proto');
  const text = readFileSync(file, 'utf8');
  const [field = ''] = /^ +string resource_version = \d+;/m.exec(text) ?? [];
  assert.notEqual(field, '');
  for (const changed of [
    field.replace(/\d+;/, '999;'),
    field.replace('resource_version', 'version_of_resource'),
    field.replace('string', 'int64'),
    '',
  ]) {
    writeFileSync(file, text.replace(field, changed));
    assert.match(breaks(directory), /reckon\/v1\/api\.proto:\d+:\d+:/, changed);
  }
});
