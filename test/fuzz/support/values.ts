/** Values that follow the schema closely enough to get far, and leave it where it hurts. */
import type { FieldSchema, MessageSchema, Schema } from '@reckon/api';
import type { Draw } from './draw.ts';

export type Values = Readonly<Record<string, unknown>>;

const WORDS = [
  ...[
    '',
    'a',
    'web',
    'default',
    'kube-system',
    'x'.repeat(64),
    'x'.repeat(300),
    'Ünï',
    '\u0000',
    '\ud800',
    '💥',
  ],
  ...[
    '-',
    '.',
    '..',
    '../..',
    'a/b',
    'a b',
    '%',
    '%zz',
    '\u0024{x}',
    '$patch',
    '__proto__',
    'constructor',
    'toString',
  ],
  ...[
    'null',
    'true',
    '0',
    '-1',
    '1e309',
    '9223372036854775808',
    '1Gi',
    '-1m',
    '10.0.0.1',
    '::1',
    '2026-01-01T00:00:00Z',
  ],
];
const NUMBERS = [0, -0, 1, -1, 80, 65_535, 65_536, 2 ** 31, -(2 ** 31) - 1, 2 ** 53, 1e308, 0.5, 1e-7];

export function word(draw: Draw): string {
  return draw.pick(WORDS);
}

/** Any JSON at all, not deep. */
export function anything(draw: Draw, depth = 3): unknown {
  switch (draw.int(depth > 0 ? 8 : 5)) {
    case 0:
      return null;
    case 1:
      return draw.once(2);
    case 2:
      return draw.pick(NUMBERS);
    case 3:
    case 4:
      return word(draw);
    case 5:
      return draw.list(3, () => anything(draw, depth - 1));
    default:
      return Object.fromEntries(draw.list(3, () => [word(draw), anything(draw, depth - 1)]));
  }
}

/** An object of that message: most fields left out, most others right, some of them not. */
export function objectOf(draw: Draw, schema: Schema, message: MessageSchema, depth = 6): Values {
  const object: Record<string, unknown> = {};
  for (const field of message.fields) {
    if (field.name === 'status' || !draw.once(field.required ? 1 : 4)) continue;
    object[field.name] = draw.once(40) ? anything(draw) : fieldOf(draw, schema, field, depth);
  }
  if (draw.once(30)) object[word(draw)] = anything(draw);
  return object;
}

function fieldOf(draw: Draw, schema: Schema, field: FieldSchema, depth: number): unknown {
  const one = () => single(draw, schema, field, depth);
  if (field.cardinality === 'list') return draw.list(3, one);
  if (field.cardinality === 'map') return Object.fromEntries(draw.list(3, () => [word(draw), one()]));
  return one();
}

function single(draw: Draw, schema: Schema, field: FieldSchema, depth: number): unknown {
  const { type } = field;
  if ('message' in type)
    return depth > 0 ? objectOf(draw, schema, schema.message(type.message), depth - 1) : {};
  if (field.enum && !draw.once(10)) return draw.pick(field.enum);
  switch (type.scalar) {
    case 'int32':
    case 'int64':
    case 'double':
      return draw.pick(NUMBERS);
    case 'bool':
      return draw.once(2);
    case 'intOrString':
      return draw.once(2) ? draw.pick(NUMBERS) : word(draw);
    case 'quantity':
      return draw.pick(['1', '100m', '1Gi', '1e3', '-5', '1.5Ki', '', 'much', '1e999']);
    case 'time':
    case 'microTime':
      return draw.pick([
        '2026-01-01T00:00:00Z',
        '2026-01-01T00:00:00.123456Z',
        '2026-13-41T00:00:00Z',
        'now',
      ]);
    case 'bytes':
      return draw.pick(['', 'YQ==', 'YQ', '!!']);
    case 'stringList':
      return draw.list(2, () => word(draw));
    case 'json':
    case 'rawObject':
    case 'fieldsV1':
      return anything(draw);
    default:
      return word(draw);
  }
}

/** JSON that is too deep, too large, or none. */
export function brokenText(draw: Draw): string {
  switch (draw.int(8)) {
    case 0:
      return '['.repeat(100_000);
    case 1:
      return `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`;
    case 2:
      return `{"data":{"a":"${'x'.repeat(2 * 1024 * 1024)}"}}`;
    case 3:
      return `{"metadata":{"name":"a"},"data":{${Array.from({ length: 20_000 }, (_, i) => `"k${i}":"v"`).join(',')}}}`;
    case 4:
      return '{"a":1,"a":2,"__proto__":{"x":1}}';
    case 5:
      return '\ufeff{"a":\u0000}';
    case 6:
      return 'a: &a [x,x,x,x]\nb: &b [*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b]\nd: [*c,*c,*c,*c]\n';
    default:
      return word(draw);
  }
}

/** Turns, drops, doubles or adds bytes. */
export function mutated(draw: Draw, bytes: Uint8Array): Uint8Array {
  const copy = Buffer.from(bytes);
  for (let i = draw.int(6); i > 0; i--) if (copy.length > 0) copy[draw.int(copy.length)] = draw.int(256);
  switch (draw.int(5)) {
    case 0:
      return copy.subarray(0, draw.int(copy.length + 1));
    case 1:
      return Buffer.concat([copy, draw.bytes(draw.int(40))]);
    case 2:
      return Buffer.concat([copy, copy]);
    default:
      return copy;
  }
}
