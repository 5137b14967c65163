export * from './dns.ts';
export * from './duration.ts';
export * from './identifiers.ts';
export * from './image-name.ts';
export * from './label.ts';
export * from './messages.ts';
export * from './object-name.ts';
