export { type PodSummary, summarizePod } from './pod-status.ts';
export * from './table.ts';
export * from './types.ts';
