import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { status } from '@grpc/grpc-js';
import { ApiError, alreadyExists, invalid } from '@reckon/api';
import { grpcError } from './call.ts';
import { RICH_ERROR } from './rich-error.ts';

type Fields = Readonly<Record<number, readonly (string | number)[]>>;

/** Every field by its number; what is length-delimited as latin-1, to be read once more. */
function fieldsOf(bytes: Uint8Array): Fields {
  const reader = new BinaryReader(bytes);
  const fields: Record<number, (string | number)[]> = {};
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag();
    const value = type === WireType.Varint ? reader.int32() : Buffer.from(reader.bytes()).toString('latin1');
    fields[number] = [...(fields[number] ?? []), value];
  }
  return fields;
}

const inner = (value: string | number) => fieldsOf(Buffer.from(String(value), 'latin1'));

/** As google/rpc/status.proto and error_details.proto number them. */
function read(error: unknown) {
  const [bytes] = grpcError(error).metadata.get(RICH_ERROR);
  assert.ok(Buffer.isBuffer(bytes));
  const { 1: code, 2: message, 3: details = [] } = fieldsOf(bytes);
  const found = details.map(inner).map(({ 1: type = [], 2: value = [] }) => {
    return [String(type[0]).replace('type.googleapis.com/google.rpc.', ''), inner(value[0] ?? '')] as const;
  });
  return { code: code?.[0], message: message?.[0], details: new Map(found) };
}

describe('an error, to whoever reads google.rpc', () => {
  it('says its reason and what it is about', () => {
    const { code, message, details } = read(alreadyExists('pods', 'web'));
    assert.deepEqual([code, message], [status.ALREADY_EXISTS, 'pods "web" already exists']);
    const { 1: reason, 2: domain, 3: about = [] } = details.get('ErrorInfo') ?? {};
    assert.deepEqual([reason, domain], [['ALREADY_EXISTS'], ['reckon.dev']]);
    const metadata = about.map(inner).map(({ 1: key, 2: value }) => [key?.[0], value?.[0]]);
    assert.deepEqual(Object.fromEntries(metadata), { kind: 'pods', name: 'web' });
    assert.equal(details.has('BadRequest'), false);
  });

  it('names the fields that are wrong', () => {
    const cause = { reason: 'FieldValueRequired', field: 'spec.nodeName', message: 'Required value' };
    const { details } = read(invalid({ group: '', kind: 'Pod' }, 'web', [cause]));
    assert.deepEqual(details.get('BadRequest')?.[1]?.map(inner), [
      { 1: ['spec.nodeName'], 2: ['Required value'], 3: ['FIELD_VALUE_REQUIRED'] },
    ]);
  });

  it('says when to come back', () => {
    const tooMany = new ApiError('TooManyRequests', 'later', { retryAfterSeconds: 7 });
    const { code, details } = read(tooMany);
    assert.equal(code, status.RESOURCE_EXHAUSTED);
    const [delay] = details.get('RetryInfo')?.[1] ?? [];
    assert.deepEqual(inner(delay ?? ''), { 1: [7] }, 'a duration of seven seconds');
  });

  /** As the trailers travel: messages percent-encoded, what is binary as base64. */
  function trailerBytes(error: unknown): number {
    const { metadata, details } = grpcError(error);
    const binary = Object.values(metadata.getMap()).map((value) => Buffer.from(value).toString('base64'));
    return encodeURI(details).length + binary.join('').length;
  }

  for (const [what, character] of [
    ['ASCII', 'x'],
    ['other letters', 'я'],
    ['emoji', '🦕'],
    ['half a character', '\ud800'],
    ['control characters', '\u0001'],
  ] as const)
    it(`leaves room in the trailers, whatever is wrong: ${what}`, () => {
      const long = character.repeat(5_000);
      const causes = Array.from({ length: 500 }, () => ({ reason: long, field: long, message: long }));
      for (const error of [
        invalid({ group: '', kind: 'Pod' }, 'web', causes),
        invalid({ group: '', kind: 'Pod' }, long, causes.slice(0, 1)),
        alreadyExists(long, long),
        new Error(long),
      ])
        assert.ok(trailerBytes(error) < 8_000, `${trailerBytes(error)} bytes`);
    });
});
