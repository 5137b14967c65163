/** Parameters in paths and queries; those of queries are the fields of the options messages. */
import type { FieldSchema, Schema } from '../schema/types.ts';
import type { Parameter } from './types.ts';

const OPTIONS = 'reckon.api.meta.v1.';

export const NAME: Parameter = {
  name: 'name',
  in: 'path',
  type: 'string',
  description: 'The name of the object.',
};
export const NAMESPACE: Parameter = {
  name: 'namespace',
  in: 'path',
  type: 'string',
  description: 'The namespace of the object: names are unique within it.',
};
export const PATH: Parameter = {
  name: 'path',
  in: 'path',
  type: 'string',
  description: 'What to ask of the other side.',
};
export const PRETTY: Parameter = {
  name: 'pretty',
  in: 'query',
  type: 'string',
  description: 'If "true", the answer is indented for people.',
};

function parameterOf(field: FieldSchema): Parameter {
  const scalar = 'scalar' in field.type ? field.type.scalar : 'string';
  const type =
    scalar === 'bool' ? 'boolean' : scalar === 'int32' || scalar === 'int64' ? 'integer' : 'string';
  return { name: field.name, in: 'query', type, description: field.doc.replaceAll('\n', ' ') };
}

/** One parameter a field, sorted by name. `message`: full protobuf name. */
export function queryParameters(
  schema: Schema,
  message: string,
  leaveOut: readonly string[] = [],
): readonly Parameter[] {
  return schema
    .message(message)
    .fields.filter(
      (field) => !leaveOut.includes(field.name) && field.name !== 'apiVersion' && field.name !== 'kind',
    )
    .filter((field) => 'scalar' in field.type)
    .map(parameterOf)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

export interface VerbParameters {
  readonly list: readonly Parameter[];
  readonly create: readonly Parameter[];
  readonly update: readonly Parameter[];
  readonly patch: readonly Parameter[];
  readonly delete: readonly Parameter[];
}

export function verbParameters(schema: Schema): VerbParameters {
  const of = (message: string, leaveOut: readonly string[] = []) =>
    queryParameters(schema, `${OPTIONS}${message}`, leaveOut);
  return {
    list: of('ListOptions'),
    create: of('CreateOptions'),
    update: of('UpdateOptions'),
    patch: of('PatchOptions'),
    delete: of('DeleteOptions', ['ignoreStoreReadErrorWithClusterBreakingPotential', 'preconditions']),
  };
}
