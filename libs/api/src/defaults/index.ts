export { createDefaulter } from './apply.ts';
export { imageTag } from './image.ts';
export type { ApplyDefaults } from './types.ts';
