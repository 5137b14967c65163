import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Import, importsOf, packageOf, resolveRelative } from './imports.ts';
import { projectFiles, ROOT, type SourceFile, sourceFiles } from './sources.ts';

/**
 * Dependencies point one way: proto → libs/api → the other libs → services. What a package may import of the project;
 * `service` (clock, logs, metrics) is at the bottom beside `api`. No service imports another. Examples are programs of
 * outsiders: they have what is published, and nothing else.
 */
const MAY_IMPORT: { readonly [name: string]: readonly string[] } = {
  proto: [],
  'libs/service': [],
  'libs/api': ['proto', 'libs/service'],
  'libs/store': ['proto', 'libs/api', 'libs/service'],
  'libs/eventlog': ['libs/api', 'libs/service'],
  'libs/cri': ['proto', 'libs/api', 'libs/service'],
  'libs/pki': ['libs/service'],
  'libs/client': ['proto', 'libs/api', 'libs/service', 'libs/eventlog'],
  'clients/typescript': ['proto', 'libs/api', 'libs/service', 'libs/client'],
  'examples/grpc-typescript': ['clients/typescript'],
  'services/apiserver': ['proto', 'libs/api', 'libs/service', 'libs/store', 'libs/eventlog', 'libs/pki'],
  'services/scheduler': ['proto', 'libs/api', 'libs/service', 'libs/eventlog', 'libs/client'],
  'services/controller-manager': [
    'proto',
    'libs/api',
    'libs/service',
    'libs/eventlog',
    'libs/client',
    'libs/pki',
  ],
  'services/node-agent': ['proto', 'libs/api', 'libs/service', 'libs/client', 'libs/cri'],
  'services/cli': [
    'proto',
    'libs/api',
    'libs/service',
    'libs/store',
    'libs/eventlog',
    'libs/client',
    'libs/cri',
    'libs/pki',
  ],
};

/** `@reckon/api/json/index.ts` → `libs/api`. */
function projectPackage(specifier: string): string | undefined {
  const name = /^@reckon\/([^/]+)/.exec(specifier)?.[1];
  if (name === undefined) return undefined;
  if (name === 'sdk') return 'clients/typescript';
  const directory = ['libs', 'services'].find((parent) => existing.has(`${parent}/${name}`));
  return directory === undefined ? name : `${directory}/${name}`;
}

const existing = new Set(projectFiles().map(packageOf));
const files = sourceFiles();
const imports = files.flatMap(importsOf);

test('every package has a place in the order, and imports only what is below it', () => {
  const wrong = imports.filter((each) => {
    const own = packageOf(each.from);
    const target = projectPackage(each.specifier);
    return target !== undefined && target !== own && own !== 'test' && !MAY_IMPORT[own]?.includes(target);
  });
  assert.deepEqual(wrong.map(describe), []);
  const unknown = [...existing].filter(
    (name) => /^(clients|libs|services)\//.test(name) && !MAY_IMPORT[name],
  );
  assert.deepEqual(unknown, []);
});

test('a relative import never leaves its package', () => {
  const wrong = imports.filter(
    (each) => each.specifier.startsWith('.') && packageOf(resolveRelative(each)) !== packageOf(each.from),
  );
  assert.deepEqual(wrong.map(describe), []);
});

test('whatever is imported by name is a dependency of the package, and every dependency is imported', () => {
  const wrong: string[] = [];
  for (const name of [...existing].filter((each) => projectFiles().includes(`${each}/package.json`))) {
    const manifest = JSON.parse(readFileSync(join(ROOT, name, 'package.json'), 'utf8'));
    const declared = new Set(Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }));
    const own = files.filter(({ path }) => packageOf(path) === name);
    const used = new Set(own.flatMap(importsOf).flatMap(({ specifier }) => packageName(specifier) ?? []));
    used.delete(manifest.name);
    for (const each of used)
      if (!declared.has(each) && !ofTheRoot.has(each)) wrong.push(`${name} lacks ${each}`);
    for (const each of declared)
      if (!each.startsWith('@types/') && !used.has(each) && !isMentioned(own, each))
        wrong.push(`${name} never imports ${each}`);
  }
  assert.deepEqual(wrong, []);
});

test('no file of a package imports itself in a circle at run time', () => {
  const graph = new Map<string, readonly string[]>();
  for (const file of files)
    graph.set(
      file.path,
      importsOf(file)
        .filter(({ specifier, typeOnly }) => specifier.startsWith('.') && !typeOnly)
        .map(resolveRelative),
    );
  assert.deepEqual(circles(graph), []);
});

/** Tools that the whole workspace shares. */
const ofTheRoot = new Set(
  Object.keys(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).devDependencies ?? {}),
);

function packageName(specifier: string): string | undefined {
  if (/^(\.|node:)/.test(specifier)) return undefined;
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

/**
 * Found by name at run time (`require.resolve`), or needed by generated code, or by what is compiled into a client: who
 * packs that looks himself.
 */
function isMentioned(own: readonly SourceFile[], dependency: string): boolean {
  return own.some(({ text, path }) => text.includes(`'${dependency}'`) || /^(proto|clients)\//.test(path));
}

function circles(graph: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]) => {
    const start = trail.indexOf(path);
    if (start >= 0) {
      found.push([...trail.slice(start), path].join(' → '));
      return;
    }
    if (done.has(path)) return;
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return found;
}

function describe({ from, line, specifier }: Import): string {
  return `${from}:${line}: ${specifier}`;
}
