/** Events of events.k8s.io/v1, kept as events of the core group: the same facts under other names. */
import type { KubeObject } from '../meta/types.ts';
import type { Conversion } from './types.ts';

/** Name in events.k8s.io → name in the core group. All others are the same. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ['regarding', 'involvedObject'],
  ['note', 'message'],
  ['reportingController', 'reportingComponent'],
  ['deprecatedSource', 'source'],
  ['deprecatedFirstTimestamp', 'firstTimestamp'],
  ['deprecatedLastTimestamp', 'lastTimestamp'],
  ['deprecatedCount', 'count'],
]);
const BACK: ReadonlyMap<string, string> = new Map([...NAMES].map(([name, stored]) => [stored, name]));

export const EVENTS_V1: Conversion = {
  storedAs: 'events',
  toStored: (object) => renamed(object, NAMES, 'v1'),
  fromStored: (object) => renamed(object, BACK, 'events.k8s.io/v1'),
  fieldSelector: (text) =>
    text
      .replaceAll(/(^|,)regarding\./g, '$1involvedObject.')
      .replaceAll('reportingController', 'reportingComponent'),
};

function renamed(
  { metadata, kind, ...fields }: KubeObject,
  names: ReadonlyMap<string, string>,
  apiVersion: string,
): KubeObject {
  const entries = Object.entries(fields).map(([name, value]) => [names.get(name) ?? name, value] as const);
  return { ...Object.fromEntries(entries), apiVersion, kind, metadata };
}
