/** For tests: arbitrary objects of a message, in canonical form, as they would be in memory. */
import fc from 'fast-check';
import type { FieldSchema, ScalarType, Schema } from './types.ts';

const MAX_DEPTH = 5;

const letters = fc.string({ minLength: 1, maxLength: 8, unit: fc.constantFrom(...'abcXYZ09-./é😀') });
const time = fc
  .integer({ min: 0, max: 4_000_000_000 })
  .map((seconds) => new Date(seconds * 1_000).toISOString());
const rawObject = fc.dictionary(letters, fc.oneof(fc.boolean(), fc.integer(), letters), {
  minKeys: 1,
  maxKeys: 2,
  noNullPrototype: true,
});

const SCALARS: Readonly<Record<ScalarType, fc.Arbitrary<unknown>>> = {
  string: letters,
  int32: fc.oneof(fc.integer({ min: 1, max: 70_000 }), fc.constant(-1), fc.constant(2 ** 31 - 1)),
  int64: fc.oneof(fc.integer({ min: 1 }), fc.constant(-1), fc.constant(2 ** 53 - 1), fc.constant(-(2 ** 40))),
  bool: fc.constant(true),
  double: fc.double({ noNaN: true, noDefaultInfinity: true, min: 0.5 }),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 8 }).map((bytes) => Buffer.from(bytes).toString('base64')),
  time: time.map((text) => `${text.slice(0, 19)}Z`),
  microTime: fc
    .tuple(time, fc.integer({ min: 0, max: 999_999 }))
    .map(([text, micros]) => `${text.slice(0, 19)}.${String(micros).padStart(6, '0')}Z`),
  duration: fc.constantFrom('1s', '1h30m'),
  quantity: fc.constantFrom('1', '250m', '64Mi', '1500n'),
  intOrString: fc.oneof(fc.integer({ min: 0, max: 70_000 }), letters, fc.constant('25%')),
  fieldsV1: rawObject,
  rawObject,
  json: rawObject,
  stringList: fc.array(letters, { minLength: 1, maxLength: 3 }),
};

/** Zero, where it says something else than absence. */
function scalarOf(field: FieldSchema, scalar: ScalarType): fc.Arbitrary<unknown> {
  if (!field.explicitPresence || field.cardinality !== 'single') return SCALARS[scalar];
  if (scalar === 'bool') return fc.boolean();
  return scalar === 'int32' || scalar === 'int64'
    ? fc.oneof(SCALARS[scalar], fc.constant(0))
    : SCALARS[scalar];
}

function fieldValue(schema: Schema, field: FieldSchema, depth: number): fc.Arbitrary<unknown> {
  const item =
    'message' in field.type
      ? objectOf(schema, field.type.message, depth + 1)
      : scalarOf(field, field.type.scalar);
  if (field.cardinality === 'list') return fc.array(item, { minLength: 1, maxLength: 2 });
  if (field.cardinality === 'map')
    return fc.dictionary(letters, item, { minKeys: 1, maxKeys: 2, noNullPrototype: true });
  return item;
}

/** Some of the message's fields; apiVersion and kind of objects are left to the caller. */
export function objectOf(schema: Schema, message: string, depth = 0): fc.Arbitrary<Record<string, unknown>> {
  const { fields, kind } = schema.message(message);
  const eligible = fields
    .filter((field) => kind === undefined || (field.name !== 'apiVersion' && field.name !== 'kind'))
    .filter((field) => depth < MAX_DEPTH || 'scalar' in field.type);
  return fc
    .subarray(eligible, { maxLength: Math.min(eligible.length, depth === 0 ? 8 : 4) })
    .chain((chosen) => {
      const model = Object.fromEntries(chosen.map((field) => [field.name, fieldValue(schema, field, depth)]));
      return fc.record(model, { noNullPrototype: true });
    });
}
