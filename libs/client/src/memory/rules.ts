import {
  ApiError,
  applyStrategicMergePatch,
  createDefaulter,
  createSchemaValidator,
  invalid,
  isObject,
  type Schema,
} from '@reckon/api';
import type { Frozen, KubeObject, ResourceType, Stored } from '../types.ts';
import { fieldsOf } from './kinds.ts';

/** What the schema says about objects, as far as the twin in memory asks. */
export interface Rules {
  /** With defaults. Throws Invalid. */
  admit(resource: ResourceType, object: Frozen<KubeObject>): Frozen<KubeObject>;
  applyStrategic(resource: ResourceType, current: Stored, patch: object): Frozen<KubeObject>;
}

export const NO_RULES: Rules = {
  admit: (_, object) => object,
  applyStrategic(resource) {
    throw new ApiError(
      'UnsupportedMediaType',
      `strategic merge patches of ${resource.groupResource} need a schema`,
    );
  },
};

/** Defaults, field by field validation and strategic merge patches for the kinds that the schema has. */
export function schemaRules(schema: Schema): Rules {
  const setDefaults = createDefaulter(schema);
  const validate = createSchemaValidator(schema);
  const messageOf = (resource: ResourceType) => schema.byGroupResource(resource.groupResource)?.message;
  return {
    admit(resource, object) {
      const message = messageOf(resource);
      if (!message) return object;
      const complete = { ...object, apiVersion: apiVersionOf(resource), kind: resource.kind };
      const admitted = fieldsOf(setDefaults(message, complete));
      const causes = validate(message, admitted);
      if (causes.length > 0) throw invalid(resource, object.metadata?.name ?? '', causes);
      return admitted;
    },
    applyStrategic(resource, current, patch) {
      const message = messageOf(resource);
      if (!message) return NO_RULES.applyStrategic(resource, current, patch);
      const patched = applyStrategicMergePatch({ schema, message, target: fieldsOf(current), patch });
      if (!isObject(patched)) throw new ApiError('Invalid', 'the patched object is not an object');
      return patched;
    },
  };
}

function apiVersionOf({ group, version }: ResourceType): string {
  return group ? `${group}/${version}` : version;
}
