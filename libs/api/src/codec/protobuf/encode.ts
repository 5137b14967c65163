import { isArray, isObject } from '../../json/types.ts';
import type { Plan, PlanField } from './plan.ts';
import { BYTES, type ReverseWriter } from './writer.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Writes a message's fields, last first. */
export function writeMessage(writer: ReverseWriter, plan: Plan, value: Fields): void {
  for (let i = plan.entries.length - 1; i >= 0; i--) {
    const entry = plan.entries[i];
    if (entry === undefined) continue;
    if (entry.kind === 'embedded') {
      const from = writer.length;
      writeMessage(writer, entry.plan, value);
      if (writer.length > from) writer.delimit(entry.number, from);
      continue;
    }
    const part = value[entry.field.name];
    if (part !== undefined && part !== null) writeField(writer, entry, part);
  }
}

function writeField(writer: ReverseWriter, entry: PlanField, value: unknown): void {
  switch (entry.field.cardinality) {
    case 'single':
      writeItem(writer, entry, entry.number, value);
      return;
    case 'list':
      if (!isArray(value)) return;
      for (let i = value.length - 1; i >= 0; i--) writeItem(writer, entry, entry.number, value[i]);
      return;
    case 'map':
      if (!isObject(value)) return;
      for (const key of Object.keys(value).sort().reverse()) {
        const from = writer.length;
        writeItem(writer, entry, 2, value[key]);
        writer.string(1, key);
        writer.delimit(entry.number, from);
      }
  }
}

function writeItem(writer: ReverseWriter, entry: PlanField, number: number, value: unknown): void {
  if (entry.scalar !== undefined) {
    entry.scalar.write(writer, value);
    writer.tag(number, entry.scalar.wireType);
    return;
  }
  const from = writer.length;
  if (isObject(value)) writeMessage(writer, entry.message(), value);
  writer.uint32(writer.length - from);
  writer.tag(number, BYTES);
}
