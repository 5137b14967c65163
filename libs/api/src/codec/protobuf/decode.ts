import { setField } from '../../json/build.ts';
import { isArray, isObject } from '../../json/types.ts';
import type { Plan, PlanField } from './plan.ts';
import type { Reader } from './reader.ts';
import { BYTES } from './writer.ts';

type MutableFields = Record<string, unknown>;

/** Reads a message's fields into `target`, which is the outer object for an embedded message. */
export function readMessage(reader: Reader, plan: Plan, target: MutableFields): MutableFields {
  while (!reader.done) {
    const tag = reader.tag();
    const entry = plan.byNumber.get(tag >>> 3);
    if (entry === undefined) reader.skip(tag);
    else if (entry.kind === 'embedded') {
      reader.expect(tag, BYTES, String(entry.number));
      readNested(reader, entry.plan, target);
    } else readField(reader, tag, entry, target);
  }
  return target;
}

function readNested(reader: Reader, plan: Plan, target: MutableFields): MutableFields {
  const outer = reader.enter();
  readMessage(reader, plan, target);
  reader.leave(outer);
  return target;
}

function readField(reader: Reader, tag: number, entry: PlanField, target: MutableFields): void {
  const { name, cardinality } = entry.field;
  switch (cardinality) {
    case 'single': {
      const value = readItem(reader, tag, entry, target[name]);
      if (value === undefined || (entry.dropsZero && value === entry.scalar?.zero)) return;
      target[name] = value;
      return;
    }
    case 'list': {
      const known = target[name];
      const list: unknown[] = isArray(known) ? (known as unknown[]) : [];
      target[name] = list;
      readListItem(reader, tag, entry, list);
      return;
    }
    case 'map': {
      const known = target[name];
      const map: MutableFields = isObject(known) ? (known as MutableFields) : {};
      target[name] = map;
      reader.expect(tag, BYTES, name);
      readEntry(reader, entry, map);
    }
  }
}

function readListItem(reader: Reader, tag: number, entry: PlanField, list: unknown[]): void {
  const { scalar } = entry;
  if (scalar === undefined || scalar.wireType === BYTES || (tag & 7) === scalar.wireType) {
    list.push(readItem(reader, tag, entry, undefined) ?? null);
    return;
  }
  reader.expect(tag, BYTES, entry.field.name);
  const outer = reader.enter();
  while (!reader.done) list.push(scalar.read(reader));
  reader.leave(outer);
}

/** `before`: of a single message, what was already read of it, since its parts may come separately. */
function readItem(reader: Reader, tag: number, entry: PlanField, before: unknown): unknown {
  if (entry.scalar !== undefined) {
    reader.expect(tag, entry.scalar.wireType, entry.field.name);
    return entry.scalar.read(reader);
  }
  reader.expect(tag, BYTES, entry.field.name);
  return readNested(reader, entry.message(), isObject(before) ? (before as MutableFields) : {});
}

/** The value of a map's entry that says nothing of its value. */
function emptyItem(entry: PlanField): unknown {
  const { type } = entry.field;
  if ('message' in type) return {};
  if (type.scalar === 'quantity') return '0';
  return type.scalar === 'bytes' ? '' : (entry.scalar?.zero ?? null);
}

function readEntry(reader: Reader, entry: PlanField, map: MutableFields): void {
  const outer = reader.enter();
  let key = '';
  let value = emptyItem(entry);
  while (!reader.done) {
    const tag = reader.tag();
    if (tag >>> 3 === 1) {
      reader.expect(tag, BYTES, 'key');
      key = reader.string();
    } else if (tag >>> 3 === 2) value = readItem(reader, tag, entry, undefined);
    else reader.skip(tag);
  }
  reader.leave(outer);
  setField(map, key, value);
}
