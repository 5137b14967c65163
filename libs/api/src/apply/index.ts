export * from './apply-object.ts';
export { fieldManagerName, managedFieldsText } from './managed-fields.ts';
export { type TrackUpdateInput, trackUpdate } from './track-update.ts';
