import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { apiDescriptors } from './reflection.ts';

const descriptors = apiDescriptors(['reckon.v1.Api']);

test('a symbol comes with its file and everything that file needs', () => {
  const files = descriptors
    .symbol('reckon.v1.Api.Get')
    ?.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));
  assert.ok(files);
  assert.equal(files[0]?.name, 'reckon/v1/api.proto');
  const names = new Set(files.map((file) => file.name));
  for (const file of files)
    for (const imported of file.dependency) assert.ok(names.has(imported), `${imported} is missing`);
  assert.ok(names.has('reckon/api/core/v1/pod.proto'));
});

test('what is not there is not found', () => {
  assert.equal(descriptors.symbol('reckon.v1.Nothing'), undefined);
  assert.equal(descriptors.file('nothing.proto'), undefined);
});

test('the options of fields are found as extensions', () => {
  const numbers = descriptors.extensionsOf('google.protobuf.FieldOptions') ?? [];
  const [first = 0] = numbers;
  assert.ok(numbers.length > 0);
  assert.ok(descriptors.extension('google.protobuf.FieldOptions', first));
});
