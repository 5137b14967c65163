import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importsOf } from './imports.ts';

test('imports are found in each of their forms', () => {
  const text = `
import './side-effect.ts';
import { a } from './value.ts';
import type { B } from './type.ts';
import {
  c,
  type D,
} from './several-lines.ts';
export * from './everything.ts';
export { e } from './again.ts';
import fallback, * as all from 'node:util';
const late = await import('./dynamic.ts');
const text = "from './no-import.ts'";
`;
  assert.deepEqual(
    importsOf({ path: 'x.ts', text }).map(({ specifier, typeOnly }) =>
      typeOnly ? `type ${specifier}` : specifier,
    ),
    [
      './side-effect.ts',
      './value.ts',
      'type ./type.ts',
      './several-lines.ts',
      './everything.ts',
      './again.ts',
      'node:util',
      './dynamic.ts',
    ],
  );
});
