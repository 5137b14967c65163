import assert from 'node:assert/strict';
import test from 'node:test';
import { loadSchema } from './load.ts';

const schema = loadSchema();

/** Everything that `kubectl explain` and the OpenAPI documents show. */
function shownMessages(): ReadonlySet<string> {
  const open = schema.resources.flatMap((resource) => {
    const kinds = [...resource.subresources.values(), { ...resource, kind: resource.listKind }];
    return [
      resource.message,
      ...kinds.flatMap(({ group, version, kind }) => schema.kindMessage(group, version, kind)?.name ?? []),
    ];
  });
  open.push(...[...schema.messages.keys()].filter((name) => name.startsWith('reckon.api.meta.v1.')));
  open.push(
    ...[...schema.messages.keys()].filter((name) => /\.Pod(Log|Exec|Attach|PortForward)Options$/.test(name)),
  );
  const shown = new Set<string>();
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (shown.has(name)) continue;
    shown.add(name);
    for (const { type } of schema.message(name).fields) if ('message' in type) open.push(type.message);
  }
  return shown;
}

test('every message and field that clients are shown is documented in a sentence', () => {
  const missing: string[] = [];
  for (const name of shownMessages()) {
    const message = schema.message(name);
    if (!message.doc.endsWith('.')) missing.push(name);
    missing.push(
      ...message.fields.filter(({ doc }) => !doc.endsWith('.')).map((field) => `${name}.${field.name}`),
    );
  }
  assert.deepEqual(missing, []);
});
