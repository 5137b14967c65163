import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ApiError } from '../errors/api-error.ts';
import {
  accessDenied,
  alreadyExists,
  conflict,
  continueExpired,
  forbidden,
  invalid,
  methodNotAllowed,
  notFound,
  requestTooLarge,
  resourceVersionExpired,
  resourceVersionTooLarge,
  uidConflict,
} from './errors.ts';
import { statusOf, successStatus } from './status.ts';

describe('status', () => {
  it('tells of a missing object as Kubernetes does', () => {
    assert.deepEqual(statusOf(notFound('deployments.apps', 'web')), {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'deployments.apps "web" not found',
      reason: 'NotFound',
      details: { name: 'web', group: 'apps', kind: 'deployments' },
      code: 404,
    });
  });

  it('tells of one wrong field without brackets and of several with', () => {
    const one = { reason: 'FieldValueRequired', message: 'Required value', field: 'spec.selector' };
    const two = {
      reason: 'FieldValueInvalid',
      message: 'Invalid value: -1: must be positive',
      field: 'spec.x',
    };
    const kind = { group: 'apps', kind: 'Deployment' };
    assert.equal(
      invalid(kind, 'x', [one]).message,
      'Deployment.apps "x" is invalid: spec.selector: Required value',
    );
    assert.equal(
      invalid(kind, 'x', [one, two, one]).message,
      'Deployment.apps "x" is invalid: [spec.selector: Required value, spec.x: Invalid value: -1: must be positive]',
    );
    assert.equal(invalid({ group: '', kind: 'Pod' }, 'p', []).message, 'Pod "p" is invalid');
    assert.deepEqual(statusOf(invalid(kind, 'x', [one])).details, {
      name: 'x',
      group: 'apps',
      kind: 'Deployment',
      causes: [one],
    });
  });

  const messages: readonly (readonly [ApiError, number, string])[] = [
    [alreadyExists('pods', 'x'), 409, 'pods "x" already exists'],
    [
      conflict('pods', 'x'),
      409,
      'Operation cannot be fulfilled on pods "x": the object has been modified; please apply your changes to the latest version and try again',
    ],
    [
      uidConflict('pods', 'x', 'a', 'b'),
      409,
      'Operation cannot be fulfilled on pods "x": Precondition failed: UID in precondition: a, UID in object meta: b',
    ],
    [forbidden('pods', 'x', 'no'), 403, 'pods "x" is forbidden: no'],
    [
      accessDenied({
        user: 'jane',
        verb: 'get',
        group: '',
        resource: 'pods',
        subresource: 'log',
        namespace: 'default',
        name: 'x',
      }),
      403,
      'pods "x" is forbidden: User "jane" cannot get resource "pods/log" in API group "" in the namespace "default"',
    ],
    [
      accessDenied({
        user: 'jane',
        verb: 'list',
        group: 'apps',
        resource: 'deployments',
        subresource: '',
        namespace: '',
        name: '',
      }),
      403,
      'deployments.apps is forbidden: User "jane" cannot list resource "deployments" in API group "apps" at the cluster scope',
    ],
    [resourceVersionExpired(1, 5), 410, 'too old resource version: 1 (5)'],
    [resourceVersionTooLarge(9, 5), 504, 'Timeout: Too large resource version: 9, current: 5'],
    [requestTooLarge(3_145_728), 413, 'Request entity too large: limit is 3145728'],
    [methodNotAllowed('pods', 'scale'), 405, 'scale is not supported on resources of kind "pods"'],
  ];
  for (const [error, code, message] of messages) {
    it(`answers ${code} with: ${message.slice(0, 60)}`, () => {
      assert.equal(error.message, message);
      assert.equal(statusOf(error).code, code);
      assert.equal(statusOf(error).reason, error.reason);
    });
  }

  it('leaves empty details out', () => {
    assert.equal('details' in statusOf(new ApiError('Unauthorized', 'Unauthorized')), false);
    assert.equal('name' in (statusOf(forbidden('pods', '', 'no')).details ?? {}), false);
  });

  it('hands a token to a client whose list has expired', () => {
    assert.deepEqual(statusOf(continueExpired('token')).metadata, { continue: 'token' });
  });

  it('tells of success with what was deleted', () => {
    assert.deepEqual(successStatus({ name: 'x', kind: 'pods', group: '', uid: 'u' }), {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      details: { name: 'x', kind: 'pods', uid: 'u' },
    });
  });
});
