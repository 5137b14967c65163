import assert from 'node:assert/strict';
import { existsSync, globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { matches, projectFiles, ROOT, sourceFiles } from './sources.ts';

const MAX_LINES = 400;
const HERE = /^test\/tidy\//;

test(`no source file is longer than ${MAX_LINES} lines`, () => {
  const long = sourceFiles()
    .map(({ path, text }) => ({ path, lines: text.split('\n').length }))
    .filter(({ lines }) => lines > MAX_LINES);
  assert.deepEqual(long, []);
});

test('no loose ends: unfinished work, silenced compilers, swallowed errors, tests that do not run', () => {
  const files = sourceFiles().filter(({ path }) => !HERE.test(path));
  const loose = /\b(TODO|FIXME|XXX|HACK)\b|@ts-(ignore|expect-error|nocheck)|catch( \(\w+\))? \{\s*\}/;
  const notRun = /\b(test|it|describe)\.(skip|only|todo)\(/;
  assert.deepEqual([...matches(files, loose), ...matches(files, notRun)], []);
});

test('no path of a particular machine', () => {
  const files = [...sourceFiles(), ...sourceFiles('.md'), ...sourceFiles('.json'), ...sourceFiles('.yaml')];
  const particular = /(^|["'`\s(=:])\/(work\/(main|wt|shared)|home|Users)\b/;
  assert.deepEqual(
    matches(
      files.filter(({ path }) => !HERE.test(path)),
      particular,
    ),
    [],
  );
});

test('whatever file a document names is there', () => {
  const top = new Set(projectFiles().flatMap((path) => (path.includes('/') ? path.split('/', 1) : [])));
  const missing: string[] = [];
  for (const { path, text } of sourceFiles('.md')) {
    const links = [...text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)].map(([, target]) => ({
      target: target ?? '',
      from: dirname(path),
    }));
    const paths = [...text.matchAll(/`((?:\.\/)?[\w.@*-]+(?:\/[\w.@*-]+)+)\/?`/g)]
      .map(([, target]) => ({ target: target ?? '', from: '.' }))
      .filter(({ target }) => top.has(target.replace(/^\.\//, '').split('/')[0] ?? ''));
    for (const { target, from } of [...links, ...paths]) {
      const full = join(ROOT, from, target);
      const found = target.includes('*')
        ? globSync(full).length > 0
        : existsSync(full) || existsSync(join(ROOT, dirname(path), target));
      if (!found) missing.push(`${path}: ${target}`);
    }
  }
  assert.deepEqual(missing, []);
});
