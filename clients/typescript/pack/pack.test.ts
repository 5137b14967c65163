import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { withoutAny, withoutComments } from './declarations.ts';
import { packedSources } from './sources.ts';

function tree(t: TestContext, files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'reckon-pack-'));
  t.after(() => rmSync(root, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

const asked = { entries: ['index.ts'], dependencies: ['yaml'] };

test('what is reached is packed, with imports that lead to the emitted files', (t) => {
  const root = tree(t, {
    'clients/typescript/src/index.ts': `import { parse } from 'yaml';\nexport type { Key } from '@reckon/client/keys.ts';\n`,
    'libs/client/src/keys.ts': "import {\n  type Pod,\n} from '@reckon/proto/reckon/api/core/v1/pod.ts';\n",
    'libs/client/src/other.ts': '',
    'proto/gen/reckon/api/core/v1/pod.ts': 'import { Meta } from "../../meta/v1/meta.ts";\n',
    'proto/gen/reckon/api/meta/v1/meta.ts': '',
  });
  const packed = new Map(packedSources(root, asked).map(({ path, text }) => [path, text]));
  assert.deepEqual(
    [...packed.keys()],
    [
      'index.ts',
      'internal/client/keys.ts',
      'proto/reckon/api/core/v1/pod.ts',
      'proto/reckon/api/meta/v1/meta.ts',
    ],
  );
  assert.match(packed.get('index.ts') ?? '', /from 'yaml';\n.*from '\.\/internal\/client\/keys\.js'/);
  assert.match(
    packed.get('internal/client/keys.ts') ?? '',
    /from '\.\.\/\.\.\/proto\/reckon\/api\/core\/v1\/pod\.js'/,
  );
  assert.match(packed.get('proto/reckon/api/core/v1/pod.ts') ?? '', /from "\.\.\/\.\.\/meta\/v1\/meta\.js"/);
});

test('a whole library, a service and a package that is no dependency stay out', (t) => {
  const refused = (specifier: string, message: RegExp) => {
    const root = tree(t, { 'clients/typescript/src/index.ts': `import '${specifier}';\n` });
    assert.throws(() => packedSources(root, asked), message);
  };
  refused('@reckon/api', /imports all of @reckon\/api: name the file/);
  refused('@reckon/store', /imports @reckon\/store, which is not for outsiders/);
  refused('pg', /imports pg, which is no dependency of the package/);
  refused('node:fs', /nothing in the package imports yaml/);
});

test('declarations have no any, and comments keep theirs', () => {
  const text = [
    '/** At any time. */',
    'port?: any | undefined; // any',
    'value?: Array<any> | undefined;',
    'object?: { [key: string]: any } | undefined;',
    'fromJSON(object: any): Pod;',
  ].join('\n');
  const typed = [
    '/** At any time. */',
    'port?: number | string | undefined; // any',
    'value?: Array<string> | undefined;',
    'object?: { [key: string]: unknown } | undefined;',
    'fromJSON(object: unknown): Pod;',
  ].join('\n');
  assert.equal(withoutAny(text), typed);
  assert.equal(withoutComments('/** a */\n\nlet x; // b\n'), 'let x; \n');
});
