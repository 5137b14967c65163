/** For tests: objects as the API server validates them, decoded and with their defaults. */
import assert from 'node:assert/strict';
import { createDefaulter } from '../defaults/index.ts';
import type { Cause } from '../errors/api-error.ts';
import { deepFreeze } from '../json/freeze.ts';
import type { KubeObject } from '../meta/types.ts';
import { createDecoder } from '../prune/index.ts';
import { loadSchema } from '../schema/load.ts';
import type { ResourceSchema } from '../schema/types.ts';
import { createSchemaValidator } from '../schema-validation/index.ts';
import { validateCreate, validateUpdate } from './index.ts';

const schema = loadSchema();
const decode = createDecoder(schema);
const setDefaults = createDefaulter(schema);
const validateSchema = createSchemaValidator(schema);

export interface Sample {
  readonly resource: string;
  readonly metadata?: Record<string, unknown>;
  readonly [field: string]: unknown;
}

export function resourceOf(groupResource: string): ResourceSchema {
  const resource = schema.byGroupResource(groupResource);
  assert.ok(resource, groupResource);
  return resource;
}

/** A whole object of what is given; one of no given name is called x. */
export function objectOf({ resource: groupResource, metadata, ...rest }: Sample): KubeObject {
  const resource = resourceOf(groupResource);
  const { group, version, kind, namespaced } = resource;
  const value = {
    apiVersion: group === '' ? version : `${group}/${version}`,
    kind,
    metadata: { name: 'x', ...(namespaced && { namespace: 'default' }), ...metadata },
    ...rest,
  };
  const decoded = decode(resource.message, value);
  assert.deepEqual(decoded.unknownFields, []);
  const complete: unknown = setDefaults(resource.message, decoded.value);
  assert.ok(isObject(complete));
  return deepFreeze(complete);
}

function isObject(value: unknown): value is KubeObject {
  return typeof value === 'object' && value !== null && 'metadata' in value;
}

function texts(causes: readonly Cause[]): readonly string[] {
  const all = causes.map(({ field, message }) => `${field}: ${message}`);
  assert.deepEqual(all, [...new Set(all)], 'nothing is told twice');
  return all;
}

/** What is wrong with a new object, by the schema and by its kind. */
export function createProblems(sample: Sample, askedIn?: string): readonly string[] {
  const resource = resourceOf(sample.resource);
  const object = objectOf(sample);
  return texts([...validateSchema(resource.message, object), ...validateCreate(resource, object, askedIn)]);
}

/** What is wrong with replacing one object by another. */
export function updateProblems(
  before: Sample,
  after: Sample,
  subresource = '',
  askedIn?: string,
): readonly string[] {
  const update = { object: objectOf(after), current: objectOf(before), subresource, askedIn };
  return texts(validateUpdate(resourceOf(before.resource), update));
}
