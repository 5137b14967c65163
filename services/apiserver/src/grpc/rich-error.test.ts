import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { status } from '@grpc/grpc-js';
import { alreadyExists, invalid } from '@reckon/api';
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

  it('leaves room in the trailers, whatever is wrong', () => {
    const long = 'x'.repeat(5_000);
    const causes = Array.from({ length: 500 }, () => ({ reason: long, field: long, message: long }));
    const { metadata, details } = grpcError(invalid({ group: '', kind: 'Pod' }, 'web', causes));
    const bytes = Object.values(metadata.getMap()).reduce((sum, value) => sum + Buffer.from(value).length, 0);
    assert.ok((bytes * 4) / 3 + details.length < 8_000, `${bytes} bytes`);
  });
});
