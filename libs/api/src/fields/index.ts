export * from './compare.ts';
export * from './field-set.ts';
export * from './merge.ts';
export * from './of-value.ts';
export * from './remove.ts';
export * from './shape.ts';
