/** What objects mean, from `libs/api`, bound to one schema and in the form in which the verbs ask for it. */
import {
  type ApplyResult,
  applyObject,
  type Cause,
  createDecoder,
  createDefaulter,
  createImmutableValidator,
  createSchemaValidator,
  createUnimplementedFinder,
  type Decoded,
  isObject,
  type ResourceSchema,
  type Schema,
  trackUpdate,
  validateCreate,
  validateUpdate,
} from '@reckon/api';
import type { KubeObject } from './types.ts';

export interface UpdateTracking {
  readonly resource: ResourceSchema;
  readonly subresource: string;
  /** Of the write; absent: the version that the object is kept in. */
  readonly apiVersion?: string | undefined;
  /** Undefined for a create. */
  readonly before: KubeObject | undefined;
  readonly after: KubeObject;
  readonly manager: string;
  readonly nowRfc3339: string;
}

export interface Applying {
  readonly resource: ResourceSchema;
  readonly subresource: string;
  readonly apiVersion?: string | undefined;
  /** Undefined if the apply is to make it. */
  readonly current: KubeObject | undefined;
  readonly applied: KubeObject;
  readonly manager: string;
  readonly force: boolean;
  readonly nowRfc3339: string;
}

export interface Replacement {
  readonly object: KubeObject;
  readonly current: KubeObject;
  readonly subresource: string;
  /** The API version of the request, where it is not the one that the object is kept in. */
  readonly askedIn?: string | undefined;
}

/** Nothing here changes its input; what need not change is returned itself. */
export interface ObjectRules {
  readonly schema: Schema;
  /** Canonical form without unknown fields. BadRequest for values of a wrong type. */
  decode(message: string, value: unknown): Decoded;
  setDefaults(resource: ResourceSchema, object: KubeObject): KubeObject;
  /** Fields that are set, known, and not acted on by this release. */
  unimplementedFields(resource: ResourceSchema, object: KubeObject): readonly string[];
  validateCreate(resource: ResourceSchema, object: KubeObject, askedIn?: string): readonly Cause[];
  validateUpdate(resource: ResourceSchema, replacement: Replacement): readonly Cause[];
  /** The object with `metadata.managedFields` after a write that is not an apply. */
  trackUpdate(update: UpdateTracking): KubeObject;
  /** Server-side apply; Conflict where other managers own what is applied. */
  apply(applying: Applying): ApplyResult;
}

const JUDGED_BY_SCHEMA: ReadonlySet<string> = new Set(['', 'scale', 'ephemeralcontainers']);

export function createRules(schema: Schema): ObjectRules {
  const decode = createDecoder(schema);
  const defaults = createDefaulter(schema);
  const unimplemented = createUnimplementedFinder(schema);
  const validate = createSchemaValidator(schema);
  const validateImmutable = createImmutableValidator(schema);
  return {
    schema,
    decode,
    setDefaults: (resource, object) => asKubeObject(defaults(resource.message, object), object),
    unimplementedFields: (resource, object) => unimplemented(resource.message, object),
    validateCreate: (resource, object, askedIn) => [
      ...validate(resource.message, object),
      ...validateCreate(resource, object, askedIn),
    ],
    validateUpdate: (resource, replacement) => {
      const { object, current, subresource } = replacement;
      const causes = validateUpdate(resource, replacement);
      // Through their doors status and finalizers change, and nothing that the schema judges.
      if (!JUDGED_BY_SCHEMA.has(subresource)) return causes;
      return [
        ...validate(resource.message, object),
        ...validateImmutable(resource.message, current, object),
        ...causes,
      ];
    },
    trackUpdate: ({ before, after, ...rest }) =>
      trackUpdate({ schema, live: before, updated: after, ...rest }),
    apply: ({ current, ...rest }) => applyObject({ schema, live: current, ...rest }),
  };
}

/** Defaults add to an object; they take nothing of its shape away. */
function asKubeObject(value: Readonly<Record<string, unknown>>, original: KubeObject): KubeObject {
  if (value === original) return original;
  const { apiVersion, kind } = original;
  const { metadata } = value;
  return { ...value, apiVersion, kind, metadata: isObject(metadata) ? metadata : original.metadata };
}
