/** The two documents, v2 (all of the API in one) and v3 (one for each group and version). */
import type { Schema } from '../schema/types.ts';
import { definitionsOf, type OpenApiVersion, refTo } from './definitions.ts';
import { groupVersionPath } from './operations.ts';
import { discoveryPath, groupVersions, resourcePaths } from './paths.ts';
import type { JsonSchema, Operation, Parameter, Path } from './types.ts';

/** What Kubernetes calls itself in these documents; clients compare it with nothing. */
const INFO = { title: 'Kubernetes', version: 'v1.32.0' };
const META = 'io.k8s.apimachinery.pkg.apis.meta.v1.';
/** Bodies of patches are of no type: whatever the media type says. */
const PATCH: JsonSchema = {
  description:
    'A change: a JSON patch (RFC 6902), a merge patch (RFC 7386), a strategic merge patch or an applied configuration.',
  type: 'object',
};
const PATCH_NAME = `${META}Patch`;

function typesOf(path: Path): readonly string[] {
  return Object.values(path.operations).flatMap(({ body, responses }) => [
    ...(body === undefined ? [] : [body.type]),
    ...responses.flatMap(({ type }) => (type === undefined || type === '' ? [] : [type])),
  ]);
}

function definitionsFor(
  schema: Schema,
  paths: readonly Path[],
  version: OpenApiVersion,
): Readonly<Record<string, JsonSchema>> {
  const byOpenapiName = new Map(
    [...schema.messages.values()].map((message) => [message.openapiName, message.name]),
  );
  const roots = new Set(paths.flatMap(typesOf).flatMap((name) => byOpenapiName.get(name) ?? []));
  // A watch answers with these, which no list of types names.
  for (const name of ['WatchEvent', 'DeleteOptions', 'Status']) roots.add(`reckon.api.meta.v1.${name}`);
  const definitions = definitionsOf(schema, roots, version);
  return paths.some((path) => typesOf(path).includes(PATCH_NAME))
    ? { ...definitions, [PATCH_NAME]: PATCH }
    : definitions;
}

function sortedPaths(
  paths: readonly Path[],
  render: (path: Path) => JsonSchema,
): Readonly<Record<string, JsonSchema>> {
  const sorted = paths.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  return Object.fromEntries(sorted.map((path) => [path.path, render(path)]));
}

function operationExtensions({ action, kind }: Operation): JsonSchema {
  return {
    ...(action === undefined ? {} : { 'x-kubernetes-action': action }),
    ...(kind === undefined ? {} : { 'x-kubernetes-group-version-kind': kind }),
  };
}

function operationsOf(path: Path, render: (operation: Operation) => JsonSchema): JsonSchema {
  return Object.fromEntries(
    Object.entries(path.operations).map(([method, operation]) => [method, render(operation)]),
  );
}

function parameterV2(parameter: Parameter): JsonSchema {
  const { name, description, type } = parameter;
  const required = parameter.in === 'path' ? { required: true } : {};
  return { uniqueItems: true, type, description, name, in: parameter.in, ...required };
}

function operationV2(operation: Operation): JsonSchema {
  const { id, tag, description, consumes, produces, parameters, body, responses } = operation;
  const bodies =
    body === undefined
      ? []
      : [
          {
            name: 'body',
            in: 'body',
            ...(body.required ? { required: true } : {}),
            schema: { $ref: refTo('v2', body.type) },
          },
        ];
  const rendered = [...bodies, ...parameters.map(parameterV2)];
  return {
    description,
    consumes,
    produces,
    schemes: ['https'],
    tags: [tag],
    operationId: id,
    ...(rendered.length > 0 ? { parameters: rendered } : {}),
    responses: Object.fromEntries(
      responses.map(({ code, description: text, type }) => [
        code,
        { description: text, ...(type ? { schema: { $ref: refTo('v2', type) } } : {}) },
      ]),
    ),
    ...operationExtensions(operation),
  };
}

/** `/openapi/v2`: all of the API. */
export function openapiV2(schema: Schema): JsonSchema {
  const paths = groupVersions(schema).flatMap(({ group, version }) => [
    discoveryPath(group, version),
    ...resourcePaths(schema, group, version),
  ]);
  return {
    swagger: '2.0',
    info: INFO,
    paths: sortedPaths(paths, (path) => ({
      ...operationsOf(path, operationV2),
      ...(path.parameters.length > 0 ? { parameters: path.parameters.map(parameterV2) } : {}),
    })),
    definitions: definitionsFor(schema, paths, 'v2'),
  };
}

function parameterV3({ name, description, type, in: place }: Parameter): JsonSchema {
  return {
    name,
    in: place,
    description,
    ...(place === 'path' ? { required: true } : {}),
    schema: { type, uniqueItems: true },
  };
}

function content(types: readonly string[], schema: JsonSchema): JsonSchema {
  return Object.fromEntries(types.map((type) => [type, { schema }]));
}

function operationV3(operation: Operation): JsonSchema {
  const { id, tag, description, consumes, produces, parameters, body, responses } = operation;
  return {
    tags: [tag],
    description,
    operationId: id,
    ...(parameters.length > 0 ? { parameters: parameters.map(parameterV3) } : {}),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            content: content(consumes, { $ref: refTo('v3', body.type) }),
            ...(body.required ? { required: true } : {}),
          },
        }),
    responses: Object.fromEntries(
      responses.map(({ code, description: text, type }) => [
        code,
        { description: text, ...(type ? { content: content(produces, { $ref: refTo('v3', type) }) } : {}) },
      ]),
    ),
    ...operationExtensions(operation),
  };
}

/** What there is a v3 document of: `api/v1`, `apis/apps/v1`. */
export function openapiV3Paths(schema: Schema): readonly string[] {
  return groupVersions(schema).map(({ group, version }) => groupVersionPath(group, version));
}

/** `/openapi/v3/PATH`; undefined if nothing of that group and version is served. */
export function openapiV3(schema: Schema, path: string): JsonSchema | undefined {
  const found = groupVersions(schema).find(({ group, version }) => groupVersionPath(group, version) === path);
  if (found === undefined) return undefined;
  const paths = [
    discoveryPath(found.group, found.version),
    ...resourcePaths(schema, found.group, found.version),
  ];
  return {
    openapi: '3.0.0',
    info: INFO,
    paths: sortedPaths(paths, (item) => ({
      ...operationsOf(item, operationV3),
      ...(item.parameters.length > 0 ? { parameters: item.parameters.map(parameterV3) } : {}),
    })),
    components: { schemas: definitionsFor(schema, paths, 'v3') },
  };
}
