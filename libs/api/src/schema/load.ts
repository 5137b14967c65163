/** The schema of this release, loaded once a process from what `proto/generate.ts` compiled. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { olderVersion } from './older-versions.ts';
import type { FieldSchema, MessageSchema, ResourceSchema, Schema, SubresourceSchema } from './types.ts';

/** The shape of `schema.json`. */
export interface CompiledSchema {
  readonly messages: readonly Omit<MessageSchema, 'byName' | 'byNumber'>[];
  readonly resources: readonly (Omit<ResourceSchema, 'subresources'> & {
    readonly served: boolean;
    readonly olderVersions: readonly string[];
    readonly subresources: readonly (SubresourceSchema & { readonly served: boolean })[];
  })[];
}

/** Meta kinds (Status, DeleteOptions, WatchEvent…) are understood in every group and version. */
const META_GROUP = 'meta.k8s.io';

/** @throws Error if there is no message of that name. */
function messageLookup(messages: ReadonlyMap<string, MessageSchema>): Schema['message'] {
  return (name) => {
    const found = messages.get(name);
    if (found === undefined) throw new Error(`no message ${name} in the schema`);
    return found;
  };
}

function withMaps(message: Omit<MessageSchema, 'byName' | 'byNumber'>): MessageSchema {
  const byName = new Map<string, FieldSchema>();
  const byNumber = new Map<number, FieldSchema>();
  for (const field of message.fields) {
    byName.set(field.name, field);
    byNumber.set(field.number, field);
  }
  return { ...message, byName, byNumber };
}

const key = (group: string, version: string, name: string): string => `${group}/${version}/${name}`;

/** Builds the look-ups over compiled data. What is not served is left out of `resources`. */
export function buildSchema(compiled: CompiledSchema): Schema {
  const messages = new Map(compiled.messages.map((message) => [message.name, withMaps(message)]));
  const resources: readonly ResourceSchema[] = compiled.resources.flatMap(
    ({ served, olderVersions, subresources, ...facts }) => {
      const resource: ResourceSchema = {
        ...facts,
        subresources: new Map(
          subresources.filter((sub) => sub.served).map(({ served: _, ...sub }) => [sub.name, sub]),
        ),
      };
      const older = olderVersions.map((version) =>
        olderVersion(resource, version, (name) => messages.get(name)),
      );
      for (const message of older.flatMap((version) => version.messages)) messages.set(message.name, message);
      return served ? [resource, ...older.map((version) => version.resource)] : [];
    },
  );
  const kinds = new Map<string, MessageSchema>();
  for (const message of messages.values()) {
    if (!message.kind) continue;
    const { group, version, kind } = message.kind;
    for (const each of [version, ...(message.olderVersions ?? [])])
      kinds.set(key(group, each, kind), message);
  }
  const byPlural = new Map(resources.map((r) => [key(r.group, r.version, r.resource), r]));
  const byKind = new Map(resources.map((r) => [key(r.group, r.version, r.kind), r]));
  const byGroupResource = new Map<string, ResourceSchema>();
  // Files are in order of their versions, v1 before v2: the last one is the preferred.
  for (const resource of resources)
    if (resource.keptAs === undefined) byGroupResource.set(resource.groupResource, resource);
  return {
    messages,
    message: messageLookup(messages),
    resources,
    resource: (group, version, resource) => byPlural.get(key(group, version, resource)),
    byGroupResource: (groupResource) => byGroupResource.get(groupResource),
    byKind: (group, version, kind) => byKind.get(key(group, version, kind)),
    kindMessage: (group, version, kind) =>
      kinds.get(key(group, version, kind)) ?? kinds.get(key(META_GROUP, 'v1', kind)),
  };
}

let loaded: Schema | undefined;

/** @throws Error if `proto/gen` has not been generated (`pnpm gen`). */
export function loadSchema(): Schema {
  if (loaded === undefined) {
    const file = fileURLToPath(import.meta.resolve('@reckon/proto/schema.json'));
    const compiled: CompiledSchema = JSON.parse(readFileSync(file, 'utf8'));
    loaded = buildSchema(compiled);
  }
  return loaded;
}
