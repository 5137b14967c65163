export * from './deleted-object.ts';
export * from './names.ts';
export * from './owner.ts';
export * from './status-keeps.ts';
export * from './template-hash.ts';
export * from './time.ts';
export * from './types.ts';
