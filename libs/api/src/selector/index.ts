export * from './field-selector.ts';
export * from './label-object.ts';
export * from './label-parser.ts';
export * from './label-selection.ts';
export * from './selectable-fields.ts';
export * from './types.ts';
