/** Messages at the gRPC door: of every method, from right over bent to noise. */
import type { Schema } from '@reckon/api';
import type { Draw } from './draw.ts';
import { anything, brokenText, mutated, objectOf, word } from './values.ts';

export interface GrpcFuzzRequest {
  /** `/reckon.v1.Api/Get` */
  readonly path: string;
  readonly message: Uint8Array;
}

const METHODS = [
  ...[
    'Get',
    'List',
    'Watch',
    'Create',
    'Update',
    'Patch',
    'Delete',
    'DeleteCollection',
    'Transact',
    'ReadLog',
  ],
  ...['WatchHead', 'ResolveRevision', 'History', 'Trace', 'Nothing'],
] as const;
const NAMES = ['a', 'b', 'web', 'default', 'kubernetes'];

/** The numbers that the messages of these methods have in common (proto/reckon/v1/api.proto). */
const RESOURCE = 1;
const NAMESPACE = 2;
const NAME = 3;
const OBJECT = 4;

export class GrpcRequests {
  readonly #draw: Draw;
  readonly #schema: Schema;
  readonly #jsonField: number;

  /** @param jsonField number of the field of `Object` that holds JSON. */
  constructor(draw: Draw, schema: Schema, jsonField: number) {
    this.#draw = draw;
    this.#schema = schema;
    this.#jsonField = jsonField;
  }

  next(): GrpcFuzzRequest {
    const draw = this.#draw;
    const method = draw.pick(METHODS);
    const path = draw.once(60) ? `/${word(draw)}/x` : `/reckon.v1.Api/${method}`;
    if (draw.once(10)) return { path: printable(path), message: draw.bytes(draw.int(200)) };
    const message = this.#message(method);
    return { path: printable(path), message: draw.once(4) ? mutated(draw, message) : message };
  }

  #message(method: string): Uint8Array {
    const draw = this.#draw;
    const resource = draw.pick(this.#schema.resources);
    const { group, version, resource: plural } = resource;
    const parts = [
      field(
        RESOURCE,
        Buffer.concat([
          text(1, group),
          text(2, version),
          text(3, plural),
          text(4, draw.once(5) ? word(draw) : ''),
        ]),
      ),
      text(NAMESPACE, draw.once(6) ? word(draw) : 'default'),
      text(NAME, draw.once(6) ? word(draw) : draw.pick(NAMES)),
    ];
    if (method === 'Create' || method === 'Update') {
      const apiVersion = group === '' ? version : `${group}/${version}`;
      const value = {
        ...objectOf(draw, this.#schema, this.#schema.message(resource.message)),
        apiVersion,
        kind: resource.kind,
      };
      const json = draw.once(10) ? brokenText(draw) : JSON.stringify(draw.once(10) ? anything(draw) : value);
      parts.push(field(OBJECT, field(this.#jsonField, Buffer.from(json))));
    } else if (method === 'Patch') {
      parts.push(
        number(4, draw.int(6)),
        field(5, Buffer.from(draw.once(2) ? brokenText(draw) : JSON.stringify(anything(draw)))),
      );
    }
    for (let i = draw.int(5); i > 0; i--) {
      const at = 3 + draw.int(12);
      parts.push(draw.once(2) ? number(at, draw.int(2 ** 31)) : text(at, word(draw)));
    }
    return Buffer.concat(parts);
  }
}

/** A path that HTTP/2 could not carry would be refused by the client itself. */
function printable(path: string): string {
  return path.replace(/[^\x21-\x7e]/g, '_');
}

function text(at: number, value: string): Buffer {
  return value === '' ? Buffer.alloc(0) : field(at, Buffer.from(value));
}

function field(at: number, content: Uint8Array): Buffer {
  return Buffer.concat([varint((at << 3) | 2), varint(content.length), content]);
}

function number(at: number, value: number): Buffer {
  return Buffer.concat([varint(at << 3), varint(value)]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  do {
    const more = left > 0x7f ? 0x80 : 0;
    bytes.push((left % 128) | more);
    left = Math.floor(left / 128);
  } while (left > 0);
  return Buffer.from(bytes);
}
