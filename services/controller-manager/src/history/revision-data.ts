/**
 * The data of a ControllerRevision: `{"spec":{"template":{"$patch":"replace",…}}}`, a patch that brings the template back.
 * Clients compare it byte by byte with what they make of the owner themselves (Kubernetes' conformance tests do), so it
 * has the fields, in the order, that Go's encoder gives a PodTemplateSpec which went through a map: names sorted, values
 * that are empty left out, and structs that are no pointers always there.
 */
import { isObject, isZeroField } from '@reckon/api';
import type { Template } from './history.ts';

type Fields = Readonly<Record<string, unknown>>;

/** In Go these are maps, which are left out when they are empty; all other objects are structs behind a pointer. */
const MAPS: ReadonlySet<string> = new Set([
  'annotations',
  'labels',
  'limits',
  'matchLabels',
  'nodeSelector',
  'overhead',
  'requests',
  'volumeAttributes',
]);

export function revisionData(template: Template | undefined): object {
  return { spec: { template: inGo('template', withStructs({ ...template, $patch: 'replace' })) } };
}

/** What Go writes whether it is set or not. */
function withStructs(template: Fields): Fields {
  const spec = fieldsOf(template.spec);
  return {
    ...template,
    metadata: withCreationTimestamp(template.metadata),
    spec: {
      ...spec,
      ...eachOf(spec, 'containers', withResources),
      ...eachOf(spec, 'initContainers', withResources),
      ...eachOf(spec, 'volumes', withClaimTemplate),
    },
  };
}

function withCreationTimestamp(metadata: unknown): Fields {
  return { ...fieldsOf(metadata), creationTimestamp: null };
}

function withResources(container: Fields): Fields {
  return { ...container, resources: container.resources ?? {} };
}

function withClaimTemplate(volume: Fields): Fields {
  const ephemeral = fieldsOf(volume.ephemeral);
  if (!isObject(ephemeral.volumeClaimTemplate)) return volume;
  const { metadata, spec } = fieldsOf(ephemeral.volumeClaimTemplate);
  const claim = { metadata: withCreationTimestamp(metadata), spec: withResources(fieldsOf(spec)) };
  return { ...volume, ephemeral: { ...ephemeral, volumeClaimTemplate: claim } };
}

function eachOf(spec: Fields, name: string, change: (item: Fields) => Fields): Fields {
  const items = spec[name];
  return Array.isArray(items) ? { [name]: items.map((item) => change(fieldsOf(item))) } : {};
}

function fieldsOf(value: unknown): Fields {
  return isObject(value) ? value : {};
}

function inGo(field: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => inGo('', item));
  if (!isObject(value)) return value;
  const entries = Object.entries(value)
    // What a map holds is written as it is.
    .filter(([name, part]) => MAPS.has(field) || name === 'creationTimestamp' || !isLeftOut(name, part))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, part]) => [name, inGo(name, part)] as const);
  return Object.fromEntries(entries);
}

function isLeftOut(name: string, value: unknown): boolean {
  return isObject(value) ? MAPS.has(name) && Object.keys(value).length === 0 : isZeroField(name, value);
}
