export { createImmutableValidator, type ValidateImmutable } from './immutable.ts';
export { createSchemaValidator, type ValidateSchema } from './validate.ts';
