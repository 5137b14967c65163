export * from './build.ts';
export * from './equal.ts';
export * from './freeze.ts';
export * from './go-format.ts';
export * from './go-text.ts';
export * from './quote.ts';
export * from './types.ts';
