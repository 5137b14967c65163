export * from './node-term.ts';
export * from './toleration.ts';
