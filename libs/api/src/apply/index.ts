export * from './apply-object.ts';
export { fieldManagerName } from './managed-fields.ts';
export { type TrackUpdateInput, trackUpdate } from './track-update.ts';
