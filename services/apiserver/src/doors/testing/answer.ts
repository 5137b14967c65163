import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';

/** What the REST door has answered; what is in it may have any shape. */
export class Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly bytes: Buffer;

  constructor({ statusCode = 0, headers }: IncomingMessage, bytes: Buffer) {
    this.status = statusCode;
    this.headers = headers;
    this.bytes = bytes;
  }

  get text(): string {
    return this.bytes.toString();
  }

  get json(): unknown {
    return JSON.parse(this.text);
  }

  /** Of a Status. */
  get message(): string {
    const message = this.at('message');
    assert.ok(typeof message === 'string', this.text);
    return message;
  }

  /** `items.0.metadata.name`; undefined where there is no such thing. */
  at(path: string): unknown {
    return path.split('.').reduce(field, this.json);
  }

  /** The names of the things in a list: `name`, or `metadata.name`. */
  names(path: string): readonly unknown[] {
    const list = this.at(path);
    assert.ok(Array.isArray(list), this.text);
    return list.map((one: unknown) => field(one, 'name') ?? field(field(one, 'metadata'), 'name'));
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
