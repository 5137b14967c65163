/** The v2 document in gnostic's protobuf form, which kubectl before 1.27 asks for. */
import * as pb from '@reckon/proto/openapi/v2/document.ts';
import { isArray, isObject } from '../json/types.ts';
import type { Schema } from '../schema/types.ts';
import { openapiV2 } from './document.ts';
import type { JsonSchema } from './types.ts';

const EMPTY: JsonSchema = {};
const fieldsOf = (value: unknown): JsonSchema => (isObject(value) ? value : EMPTY);
const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const texts = (value: unknown): string[] =>
  isArray(value) ? value.filter((item) => typeof item === 'string') : [];

/** JSON is YAML, of which gnostic keeps the text. */
function any(value: unknown): pb.Any {
  return { yaml: `${typeof value === 'string' ? value : JSON.stringify(value)}\n` };
}

function extensions(value: JsonSchema): pb.NamedAny[] {
  return Object.keys(value)
    .filter((key) => key.startsWith('x-'))
    .sort()
    .map((name) => ({ name, value: any(value[name]) }));
}

function schemaOf(value: unknown): pb.Schema {
  const from = fieldsOf(value);
  const { items, additionalProperties, properties, type } = from;
  return {
    ref: text(from.$ref),
    format: text(from.format),
    description: text(from.description),
    required: texts(from.required),
    enum: texts(from.enum).map(any),
    type: typeof type === 'string' ? { value: [type] } : undefined,
    items: isObject(items) ? { schema: [schemaOf(items)] } : undefined,
    additionalProperties: isObject(additionalProperties)
      ? { schema: schemaOf(additionalProperties) }
      : undefined,
    properties: isObject(properties) ? { additionalProperties: namedSchemas(properties) } : undefined,
    vendorExtension: extensions(from),
  };
}

function namedSchemas(schemas: JsonSchema): pb.NamedSchema[] {
  return Object.entries(schemas).map(([name, value]) => ({ name, value: schemaOf(value) }));
}

function parameterOf(value: unknown): pb.ParametersItem {
  const from = fieldsOf(value);
  const common = {
    name: text(from.name),
    in: text(from.in),
    description: text(from.description),
    required: from.required === true,
  };
  if (from.in === 'body')
    return { parameter: { bodyParameter: { ...common, schema: schemaOf(from.schema) } } };
  const simple = { ...common, type: text(from.type), uniqueItems: from.uniqueItems === true };
  const kind = from.in === 'path' ? { pathParameterSubSchema: simple } : { queryParameterSubSchema: simple };
  return { parameter: { nonBodyParameter: kind } };
}

const parametersOf = (value: unknown): pb.ParametersItem[] => (isArray(value) ? value.map(parameterOf) : []);

function responsesOf(value: unknown): pb.Responses {
  return {
    responseCode: Object.entries(fieldsOf(value)).map(([name, response]) => {
      const { description, schema } = fieldsOf(response);
      return {
        name,
        value: {
          response: {
            description: text(description),
            schema: schema === undefined ? undefined : { schema: schemaOf(schema) },
          },
        },
      };
    }),
  };
}

function operationOf(value: unknown): pb.Operation | undefined {
  if (!isObject(value)) return undefined;
  return {
    tags: texts(value.tags),
    description: text(value.description),
    operationId: text(value.operationId),
    produces: texts(value.produces),
    consumes: texts(value.consumes),
    schemes: texts(value.schemes),
    parameters: parametersOf(value.parameters),
    responses: responsesOf(value.responses),
    vendorExtension: extensions(value),
  };
}

function pathOf([name, value]: [string, unknown]): pb.NamedPathItem {
  const from = fieldsOf(value);
  return {
    name,
    value: {
      get: operationOf(from.get),
      put: operationOf(from.put),
      post: operationOf(from.post),
      delete: operationOf(from.delete),
      patch: operationOf(from.patch),
      parameters: parametersOf(from.parameters),
    },
  };
}

/** `application/com.github.proto-openapi.spec.v2@v1.0+protobuf`. */
export function openapiV2Protobuf(schema: Schema): Uint8Array {
  const document = openapiV2(schema);
  const info = fieldsOf(document.info);
  return pb.Document.encode({
    swagger: text(document.swagger),
    info: { title: text(info.title), version: text(info.version) },
    paths: { path: Object.entries(fieldsOf(document.paths)).map(pathOf) },
    definitions: { additionalProperties: namedSchemas(fieldsOf(document.definitions)) },
  }).finish();
}
