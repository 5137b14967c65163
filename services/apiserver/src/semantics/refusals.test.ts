/** What is refused, with the status and in the words that clients look for. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { RawCall } from '../testing/raw-client.ts';
import { JSON_BODY, MAPS, patchOf, read, SemanticsWorld } from '../testing/semantics-world.ts';

const BAD_SELECTOR = 'is not a known field selector: only "metadata.name", "metadata.namespace"';

let here: SemanticsWorld;
before(async () => {
  here = await SemanticsWorld.start();
});
after(() => here.stop());

interface Refusal {
  readonly what: string;
  readonly path: string;
  readonly call?: RawCall;
  readonly status: number;
  /** A part of the Status' message. */
  readonly says: string;
}

function removal(body: object): RawCall {
  return { method: 'DELETE', headers: JSON_BODY, body: JSON.stringify(body) };
}

const REFUSALS: readonly Refusal[] = [
  {
    what: 'a match without revision',
    path: `${MAPS}?resourceVersionMatch=Exact`,
    status: 422,
    says: 'forbidden unless resourceVersion',
  },
  {
    what: 'Exact of 0',
    path: `${MAPS}?resourceVersionMatch=Exact&resourceVersion=0`,
    status: 422,
    says: 'forbidden for resourceVersion "0"',
  },
  {
    what: 'an unknown match',
    path: `${MAPS}?resourceVersionMatch=Some&resourceVersion=1`,
    status: 422,
    says: 'supported values: "Exact", "NotOlderThan"',
  },
  {
    what: 'a revision of the future',
    path: `${MAPS}?resourceVersion=900000`,
    status: 504,
    says: 'Too large resource version: 900000',
  },
  {
    what: 'sendInitialEvents of a list',
    path: `${MAPS}?sendInitialEvents=true`,
    status: 422,
    says: 'forbidden for list',
  },
  {
    what: 'sendInitialEvents without match',
    path: `${MAPS}?watch=1&sendInitialEvents=true`,
    status: 422,
    says: 'requires setting resourceVersionMatch to NotOlderThan',
  },
  {
    what: 'a match of a watch',
    path: `${MAPS}?watch=1&resourceVersion=1&resourceVersionMatch=NotOlderThan`,
    status: 422,
    says: 'forbidden for watch unless sendInitialEvents',
  },
  {
    what: 'a limit that is no number',
    path: `${MAPS}?limit=x`,
    status: 400,
    says: 'parsing "x": invalid syntax',
  },
  {
    what: 'a continue token of nobody',
    path: `${MAPS}?continue=x`,
    status: 400,
    says: 'continue key is not valid',
  },
  {
    what: 'a field that cannot be selected by',
    path: `${MAPS}?fieldSelector=data.a%3D1`,
    status: 400,
    says: BAD_SELECTOR,
  },
  {
    what: 'a field of pods that cannot be',
    path: '/api/v1/pods?fieldSelector=spec.x%3D1',
    status: 400,
    says: 'field label not supported: spec.x',
  },
  {
    what: 'a field selector without operator',
    path: '/api/v1/pods?fieldSelector=x',
    status: 400,
    says: "invalid selector: 'x'; can't understand 'x'",
  },
  {
    what: 'a label selector without list',
    path: `${MAPS}?labelSelector=a%20in%20b`,
    status: 400,
    says: "found 'b' expected: '('",
  },
  {
    what: 'an unknown dryRun',
    path: `${MAPS}/a?dryRun=Some`,
    call: { method: 'DELETE' },
    status: 422,
    says: 'supported values: "All"',
  },
  {
    what: 'an unknown propagationPolicy',
    path: `${MAPS}/a?propagationPolicy=Up`,
    call: { method: 'DELETE' },
    status: 422,
    says: 'supported values: "Background"',
  },
  {
    what: 'another uid than the precondition',
    path: `${MAPS}/a`,
    call: removal({ preconditions: { uid: 'x' } }),
    status: 409,
    says: 'does not match the UID in record',
  },
  {
    what: 'another revision than the precondition',
    path: `${MAPS}/a`,
    call: removal({ preconditions: { resourceVersion: '1' } }),
    status: 409,
    says: 'does not match the ResourceVersion in record',
  },
  {
    what: 'options of another kind',
    path: `${MAPS}/a`,
    call: removal({ kind: 'Pod', apiVersion: 'v1' }),
    status: 400,
    says: 'cannot be converted to DeleteOptions',
  },
  {
    what: 'a body of unknown type',
    path: MAPS,
    call: { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'x' },
    status: 415,
    says: 'accepted media types include: application/json, application/yaml',
  },
  {
    what: 'a body of CBOR',
    path: MAPS,
    call: { method: 'POST', headers: { 'content-type': 'application/cbor' }, body: 'x' },
    status: 415,
    says: 'the body of the request was in an unknown format',
  },
  {
    what: 'a patch of CBOR',
    path: `${MAPS}/a?fieldManager=x`,
    call: patchOf('apply-patch+cbor', '{}'),
    status: 415,
    says: 'application/apply-patch+yaml',
  },
  {
    what: 'an answer as HTML',
    path: `${MAPS}/a`,
    call: { headers: { accept: 'text/html' } },
    status: 406,
    says: 'only the following media types are accepted',
  },
  {
    what: 'an apply of nobody',
    path: `${MAPS}/a`,
    call: patchOf('apply-patch+yaml', '{}'),
    status: 422,
    says: 'is required for apply patch',
  },
  {
    what: 'an apply of no kind',
    path: `${MAPS}/a?fieldManager=x`,
    call: patchOf('apply-patch+yaml', '{}'),
    status: 400,
    says: "Object 'Kind' is missing",
  },
  {
    what: 'force without apply',
    path: `${MAPS}/a?force=true`,
    call: patchOf('merge-patch+json', '{}'),
    status: 422,
    says: 'may not be specified for non-apply patch',
  },
  {
    what: 'a JSON patch that does not apply',
    path: `${MAPS}/a`,
    call: patchOf('json-patch+json', '[{"op":"remove","path":"/x"}]'),
    status: 422,
    says: 'the server rejected our request due to an error in our request',
  },
  {
    what: 'a patch deeper than any object',
    path: `${MAPS}/a`,
    call: patchOf('merge-patch+json', `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`),
    status: 400,
    says: 'exceeded max depth',
  },
  {
    what: 'a zero byte in the name of something past',
    path: `${MAPS}/%00?resourceVersion=1&resourceVersionMatch=Exact`,
    status: 400,
    says: 'zero byte',
  },
  {
    what: 'an update without name',
    path: MAPS,
    call: { method: 'PUT', headers: JSON_BODY, body: '{}' },
    status: 405,
    says: 'does not allow this method',
  },
  {
    what: 'a patch without name',
    path: MAPS,
    call: patchOf('merge-patch+json', '{}'),
    status: 405,
    says: 'does not allow this method',
  },
  {
    what: 'deleting in all namespaces',
    path: '/api/v1/configmaps',
    call: { method: 'DELETE' },
    status: 405,
    says: 'does not allow this method',
  },
  {
    what: 'a path of nothing',
    path: '/api/v1/namespaces/default/nothing',
    status: 404,
    says: 'could not find the requested resource',
  },
  {
    what: 'a subresource of nothing',
    path: `${MAPS}/a/nothing`,
    status: 404,
    says: 'could not find the requested resource',
  },
];

describe('what is refused is refused with the status and words that clients look for', () => {
  for (const { what, path, call, status, says } of REFUSALS)
    test(what, async () => {
      const answer = await here.client.call(path, call);
      assert.equal(answer.status, status, answer.text);
      const { kind, message = '' } = read(answer);
      assert.equal(kind, 'Status');
      assert.ok(message.includes(says), message);
    });
});
