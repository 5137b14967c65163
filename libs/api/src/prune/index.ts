export { type CarryUnknown, createUnknownCarrier } from './carry.ts';
export { createDecoder } from './decoder.ts';
export {
  cannotBeHandled,
  type FieldReport,
  type FieldValidation,
  validateFields,
} from './field-validation.ts';
export type { Decode, Decoded } from './types.ts';
export {
  createUnimplementedFinder,
  type FindUnimplemented,
  type Gap,
  gaps,
  unimplementedWarning,
} from './unimplemented.ts';
