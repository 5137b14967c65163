export * from './deleted-object.ts';
export * from './names.ts';
export * from './owner.ts';
export * from './template-hash.ts';
export * from './time.ts';
export * from './types.ts';
