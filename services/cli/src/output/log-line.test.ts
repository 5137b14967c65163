import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askedBy } from './log-line.ts';

test('an event of the log tells the verb by which it was asked for where that says more than what was done', () => {
  const told = (op: 'create' | 'update' | 'delete', via?: string) =>
    op + askedBy({ op, provenance: { actor: 'jane', requestId: 'r', via } });
  assert.equal(told('update'), 'update');
  assert.equal(told('create', 'create'), 'create');
  assert.equal(told('create', 'apply'), 'create (apply)');
  assert.equal(told('update', 'patch/scale'), 'update (patch scale)');
  assert.equal(told('update', 'update/status'), 'update (status)');
  assert.equal(told('update', 'create/binding'), 'update (binding)');
  assert.equal(told('delete', 'create/eviction'), 'delete (eviction)');
  assert.equal(told('delete', 'deletecollection'), 'delete (deletecollection)');
  assert.equal(told('update', 'transact/update'), 'update (transact)');
  assert.equal(told('update', 'transact/patch/scale'), 'update (transact patch scale)');
  assert.equal(told('update', 'transact/create/binding'), 'update (transact binding)');
  assert.equal(told('create', 'transact/apply'), 'create (transact apply)');
  assert.equal(told('update', 'transact'), 'update (transact)', 'as earlier versions wrote it');
});
