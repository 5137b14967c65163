/** How each scalar of the schema is written in Kubernetes' protobuf form, whose wrappers are messages. */
import { ApiError } from '../../errors/api-error.ts';
import { goJsonText } from '../../json/go-text.ts';
import { isArray } from '../../json/types.ts';
import { rfc3339, rfc3339Micro } from '../../meta/time.ts';
import type { ScalarType } from '../../schema/types.ts';
import type { Reader } from './reader.ts';
import { BYTES, FIXED64, type ReverseWriter, VARINT } from './writer.ts';

export interface ScalarCodec {
  readonly wireType: number;
  /** Writes the value with its length, if it has one, and without its tag. */
  write(writer: ReverseWriter, value: unknown): void;
  /** Undefined: there is nothing (an empty Time is the zero time, which JSON shows as null). */
  read(reader: Reader): unknown;
  /** What a Go client writes for "not set". */
  readonly zero: unknown;
}

const NANOS_PER_SECOND = 1_000_000_000;
const decoder = new TextDecoder();

function wrongValue(value: unknown, wanted: string): ApiError {
  return new ApiError('InternalError', `cannot encode ${typeof value} as ${wanted}`);
}

function number(value: unknown): number {
  if (typeof value !== 'number') throw wrongValue(value, 'a number');
  return value;
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw wrongValue(value, 'a string');
  return value;
}

/** Writes a message and its length. */
function message(writer: ReverseWriter, body: () => void): void {
  const from = writer.length;
  body();
  writer.uint32(writer.length - from);
}

function readMessage(reader: Reader, field: (tag: number, inner: Reader) => void): void {
  const outer = reader.enter();
  while (!reader.done) field(reader.tag(), reader);
  reader.leave(outer);
}

/** A wrapper with one string or bytes in field 1. */
function readWrapped(reader: Reader): Buffer | undefined {
  let found: Buffer | undefined;
  readMessage(reader, (tag, inner) => {
    if (tag >>> 3 !== 1) return inner.skip(tag);
    inner.expect(tag, BYTES, 'value');
    found = inner.bytes();
  });
  return found;
}

const integer: Pick<ScalarCodec, 'wireType' | 'write' | 'zero'> = {
  wireType: VARINT,
  zero: 0,
  write: (writer, value) => writer.int(number(value)),
};

const string: ScalarCodec = {
  wireType: BYTES,
  zero: '',
  write: (writer, value) => message(writer, () => writer.text(text(value))),
  read: (reader) => reader.string(),
};

/** Time and MicroTime: seconds and nanoseconds since the epoch; MicroTime keeps only microseconds. */
function time(format: (ms: number) => string): ScalarCodec {
  return {
    wireType: BYTES,
    zero: undefined,
    write: (writer, value) =>
      message(writer, () => {
        const { seconds, nanos } = splitTime(text(value));
        writer.int(nanos);
        writer.tag(2, VARINT);
        writer.int(seconds);
        writer.tag(1, VARINT);
      }),
    read(reader) {
      let seconds: number | undefined;
      let nanos = 0;
      readMessage(reader, (tag, inner) => {
        if (tag >>> 3 === 1) seconds = inner.int64();
        else if (tag >>> 3 === 2) nanos = inner.int32();
        else inner.skip(tag);
      });
      if (seconds === undefined) return undefined;
      const ms = seconds * 1_000 + nanos / 1_000_000;
      if (Math.abs(ms) > 8.64e15) throw new ApiError('BadRequest', 'proto: time out of range');
      return format(ms);
    },
  };
}

function splitTime(value: string): { readonly seconds: number; readonly nanos: number } {
  const ms = Date.parse(value);
  if (Number.isNaN(ms)) throw wrongValue(value, 'a time');
  const seconds = Math.floor(ms / 1_000);
  const fraction = /\.(\d{1,9})/.exec(value)?.[1] ?? '';
  return { seconds, nanos: Number(fraction.padEnd(9, '0')) % NANOS_PER_SECOND };
}

const intOrString: ScalarCodec = {
  wireType: BYTES,
  zero: undefined,
  write: (writer, value) =>
    message(writer, () => {
      const isText = typeof value === 'string';
      writer.string(3, isText ? value : '');
      writer.int(isText ? 0 : number(value));
      writer.tag(2, VARINT);
      writer.int(isText ? 1 : 0);
      writer.tag(1, VARINT);
    }),
  read(reader) {
    let isText = false;
    let int = 0;
    let str = '';
    readMessage(reader, (tag, inner) => {
      if (tag >>> 3 === 1) isText = inner.int64() === 1;
      else if (tag >>> 3 === 2) int = inner.int32();
      else if (tag >>> 3 === 3) str = inner.string();
      else inner.skip(tag);
    });
    return isText ? str : int;
  },
};

function parseJson(bytes: Buffer | undefined): unknown {
  if (bytes === undefined || bytes.length === 0) return undefined;
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch (error) {
    throw new ApiError('BadRequest', 'proto: an embedded object is not JSON', {}, { cause: error });
  }
}

/** FieldsV1 and RawExtension: a message with the JSON text in field 1. */
const json: ScalarCodec = {
  wireType: BYTES,
  zero: undefined,
  write: (writer, value) => message(writer, () => writer.bytes(1, Buffer.from(JSON.stringify(value)))),
  read: (reader) => parseJson(readWrapped(reader)),
};

const stringList: ScalarCodec = {
  wireType: BYTES,
  zero: undefined,
  write: (writer, value) =>
    message(writer, () => {
      if (!isArray(value)) throw wrongValue(value, 'a list');
      for (let i = value.length - 1; i >= 0; i--) writer.string(1, text(value[i]));
    }),
  read(reader) {
    const items: string[] = [];
    readMessage(reader, (tag, inner) => {
      if (tag >>> 3 === 1) items.push(inner.string());
      else inner.skip(tag);
    });
    return items;
  },
};

export const SCALARS: Readonly<Record<ScalarType, ScalarCodec>> = {
  string,
  int32: { ...integer, read: (reader) => reader.int32() },
  int64: { ...integer, read: (reader) => reader.int64() },
  bool: {
    wireType: VARINT,
    zero: false,
    write: (writer, value) => writer.uint32(value === true ? 1 : 0),
    read: (reader) => reader.bool(),
  },
  double: {
    wireType: FIXED64,
    zero: 0,
    write: (writer, value) => writer.double(number(value)),
    read: (reader) => reader.double(),
  },
  bytes: {
    wireType: BYTES,
    zero: undefined,
    write: (writer, value) => message(writer, () => writer.raw(Buffer.from(text(value), 'base64'))),
    read: (reader) => reader.bytes().toString('base64'),
  },
  time: time(rfc3339),
  microTime: time(rfc3339Micro),
  // metav1.Duration is its nanoseconds; no message of the schema has one so far.
  duration: string,
  quantity: {
    wireType: BYTES,
    zero: undefined,
    write: (writer, value) => message(writer, () => writer.string(1, text(value))),
    read: (reader) => readWrapped(reader)?.toString('utf8') || '0',
  },
  intOrString,
  fieldsV1: json,
  rawObject: {
    ...json,
    write: (writer, value) => message(writer, () => writer.bytes(1, Buffer.from(goJsonText(value)))),
  },
  json,
  stringList,
};
