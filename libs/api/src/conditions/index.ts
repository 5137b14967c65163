export * from './condition.ts';
export * from './pod.ts';
