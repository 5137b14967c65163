import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileNodeTerm, nodeTermMatches } from './node-term.ts';
import { type TaintForm, type TolerationForm, tolerates } from './toleration.ts';

const TAINT: TaintForm = { key: 'gpu', value: 'old', effect: 'NoSchedule' };

const tolerations: readonly (readonly [TolerationForm, TaintForm, boolean])[] = [
  [{ key: 'gpu', value: 'old', effect: 'NoSchedule' }, TAINT, true],
  [{ key: 'gpu', operator: 'Equal', value: 'old' }, TAINT, true],
  [{ key: 'gpu', value: 'new' }, TAINT, false],
  [{ key: 'gpu', operator: 'Exists' }, TAINT, true],
  [{ key: 'gpu', operator: 'Exists', effect: 'NoExecute' }, TAINT, false],
  [{ key: 'disk', operator: 'Exists' }, TAINT, false],
  [{ operator: 'Exists' }, TAINT, true],
  [{ key: '', operator: 'Exists', effect: 'NoSchedule' }, TAINT, true],
  [{ key: '', value: '' }, { key: '', value: '', effect: 'NoSchedule' }, false],
  [{ key: 'gpu' }, { key: 'gpu', effect: 'NoExecute' }, true],
  [{ key: 'gpu', value: '' }, { key: 'gpu', effect: 'NoExecute' }, true],
];

for (const [toleration, taint, expected] of tolerations)
  test(`${JSON.stringify(toleration)} ${expected ? 'puts up' : 'does not put up'} with ${JSON.stringify(taint)}`, () => {
    assert.equal(tolerates(toleration, taint), expected);
  });

test('a node is selected by what its labels are and by its name', () => {
  const term = compileNodeTerm({
    matchExpressions: [
      { key: 'zone', operator: 'In', values: ['a', 'b'] },
      { key: 'cores', operator: 'Gt', values: ['3'] },
    ],
    matchFields: [{ key: 'metadata.name', operator: 'NotIn', values: ['n2'] }],
  });
  assert.ok(term);
  const labels = { zone: 'a', cores: '4' };
  assert.equal(nodeTermMatches(term, { name: 'n1', labels }), true);
  assert.equal(nodeTermMatches(term, { name: 'n2', labels }), false);
  assert.equal(nodeTermMatches(term, { name: 'n1', labels: { ...labels, cores: '3' } }), false);
  assert.equal(nodeTermMatches(term, { name: 'n1' }), false);
});

test('a term that demands nothing is none', () => {
  assert.equal(compileNodeTerm({}), undefined);
  assert.equal(compileNodeTerm({ matchExpressions: [], matchFields: [] }), undefined);
});
