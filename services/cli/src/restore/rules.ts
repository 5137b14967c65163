import {
  type Cause,
  createImmutableValidator,
  type KubeObject,
  loadSchema,
  validateCreate,
  validateUpdate,
} from '@reckon/api';
import type { AnObject, PlanInput, Wanted } from './types.ts';

/** By the rules of the API server itself; of kinds that it has no rules for, nothing is known beforehand. */
export function unchangeableRules(): PlanInput['unchangeable'] {
  const schema = loadSchema();
  const fixed = createImmutableValidator(schema);
  return (type, now, wanted) => {
    const resource = schema.resource(type.group, type.version, type.resource);
    if (!resource) return [];
    const object = asServed(now, wanted);
    const always = new Set(validateCreate(resource, object).map(textOf));
    const causes = validateUpdate(resource, { object, current: now, subresource: '' });
    return [...fixed(resource.message, now, object), ...causes.filter((cause) => !always.has(textOf(cause)))];
  };
}

/** What the server keeps of an object, whatever an update says. */
function asServed(now: AnObject, wanted: Wanted): KubeObject {
  const { creationTimestamp, generation } = now.metadata;
  const metadata = { ...wanted.metadata, creationTimestamp, ...(generation !== undefined && { generation }) };
  return { ...wanted, metadata, ...('status' in now && { status: now.status }) };
}

function textOf({ reason, field, message }: Cause): string {
  return `${reason} ${field} ${message}`;
}
