export { type ObjectUpdate, validateCreate, validateUpdate } from './validate.ts';
