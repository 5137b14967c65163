/**
 * Values of scalars as Kubernetes' decoder takes them from JSON, each in its canonical form. The messages are those of
 * Go's encoding/json and of the Kubernetes types (Quantity, Time, IntOrString).
 */
import { isObject, jsonTypeName } from '../json/types.ts';
import { formatQuantity, tryParseQuantity } from '../quantity/index.ts';
import type { ScalarType } from '../schema/types.ts';
import { canonicalMicroTime, canonicalTime } from './times.ts';
import { ScalarError } from './types.ts';

export type ScalarDecoder = (value: unknown) => unknown;

const INT32_MAX = 2 ** 31 - 1;
const INT32_MIN = -(2 ** 31);
/** Quantities repeat (100m, 128Mi): their canonical texts are remembered, up to a bound. */
const QUANTITY_MEMO_SIZE = 4_096;
const quantityMemo = new Map<string | number, string>();

/** What the value is, as Go's decoder says it: "number 1.5" where the number itself is the trouble. */
function described(value: unknown, withValue: boolean): string {
  return withValue && typeof value === 'number' ? `number ${value}` : jsonTypeName(value);
}

function wrongType(value: unknown, goType: string, withValue = false): ScalarError {
  return new ScalarError(
    `json: cannot unmarshal ${described(value, withValue)} into Go %s of type ${goType}`,
    false,
  );
}

function complete(message: string): ScalarError {
  return new ScalarError(message, true);
}

function decodeString(value: unknown): unknown {
  if (typeof value !== 'string') throw wrongType(value, 'string');
  return value;
}

function decodeBool(value: unknown): unknown {
  if (typeof value !== 'boolean') throw wrongType(value, 'bool');
  return value;
}

function decodeDouble(value: unknown): unknown {
  if (typeof value !== 'number') throw wrongType(value, 'float64');
  return value;
}

function decodeInt32(value: unknown): unknown {
  if (typeof value !== 'number') throw wrongType(value, 'int32');
  if (!Number.isInteger(value) || value > INT32_MAX || value < INT32_MIN)
    throw wrongType(value, 'int32', true);
  return value;
}

function decodeInt64(value: unknown): unknown {
  if (typeof value !== 'number') throw wrongType(value, 'int64');
  if (!Number.isInteger(value) || Math.abs(value) > 2 ** 63) throw wrongType(value, 'int64', true);
  return value;
}

function decodeQuantity(value: unknown): unknown {
  if (typeof value !== 'string' && typeof value !== 'number') {
    throw complete(
      `quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'`,
    );
  }
  const known = quantityMemo.get(value);
  if (known !== undefined) return known;
  const parsed = tryParseQuantity(value);
  if (typeof parsed === 'string') throw complete(parsed);
  const text = formatQuantity(parsed);
  if (quantityMemo.size >= QUANTITY_MEMO_SIZE) quantityMemo.clear();
  quantityMemo.set(value, text);
  return text;
}

function decodeIntOrString(value: unknown): unknown {
  if (typeof value === 'string') return value;
  if (typeof value !== 'number' || !Number.isInteger(value) || value > INT32_MAX || value < INT32_MIN) {
    throw complete(`json: cannot unmarshal ${described(value, true)} into Go value of type int32`);
  }
  return value;
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

function decodeBytes(value: unknown): unknown {
  if (typeof value !== 'string') throw wrongType(value, '[]uint8');
  if (BASE64.test(value) && value.length % 4 === 0) return value;
  // Line breaks are allowed, and do not come back.
  const text = value.replace(/[\r\n]/g, '');
  const valid = /^[A-Za-z0-9+/]*/.exec(text)?.[0].length ?? 0;
  if (!BASE64.test(text)) throw complete(`illegal base64 data at input byte ${valid}`);
  if (text.length % 4 !== 0)
    throw complete(`illegal base64 data at input byte ${text.length - (text.length % 4)}`);
  return text;
}

function decodeRawObject(value: unknown): unknown {
  if (!isObject(value)) throw wrongType(value, 'map[string]interface {}');
  return value;
}

function decodeStringList(value: unknown): unknown {
  if (!Array.isArray(value)) throw wrongType(value, '[]string');
  for (const item of value) decodeString(item);
  return value;
}

function decodeTime(value: unknown): unknown {
  if (typeof value !== 'string') throw wrongType(value, 'string');
  const text = canonicalTime(value);
  if (text === undefined) throw complete(timeMessage(value, '2006-01-02T15:04:05Z07:00'));
  return text;
}

function decodeMicroTime(value: unknown): unknown {
  if (typeof value !== 'string') throw wrongType(value, 'string');
  const text = canonicalMicroTime(value);
  if (text === undefined) throw complete(timeMessage(value, '2006-01-02T15:04:05.000000Z07:00'));
  return text;
}

function timeMessage(value: string, layout: string): string {
  return `parsing time ${JSON.stringify(value)} as ${JSON.stringify(layout)}: cannot parse ${JSON.stringify(value)} as "2006"`;
}

export const SCALAR_DECODERS: Readonly<Record<ScalarType, ScalarDecoder>> = {
  string: decodeString,
  int32: decodeInt32,
  int64: decodeInt64,
  bool: decodeBool,
  double: decodeDouble,
  bytes: decodeBytes,
  time: decodeTime,
  microTime: decodeMicroTime,
  duration: decodeString,
  quantity: decodeQuantity,
  intOrString: decodeIntOrString,
  fieldsV1: decodeRawObject,
  rawObject: decodeRawObject,
  json: (value) => value,
  stringList: decodeStringList,
};

/** Names of the Go types, for messages about the container around a scalar. */
export const GO_TYPES: Readonly<Record<ScalarType, string>> = {
  string: 'string',
  int32: 'int32',
  int64: 'int64',
  bool: 'bool',
  double: 'float64',
  bytes: '[]uint8',
  time: 'v1.Time',
  microTime: 'v1.MicroTime',
  duration: 'v1.Duration',
  quantity: 'resource.Quantity',
  intOrString: 'intstr.IntOrString',
  fieldsV1: 'v1.FieldsV1',
  rawObject: 'runtime.RawExtension',
  json: 'interface {}',
  stringList: '[]string',
};
