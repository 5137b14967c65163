/** Which fields of which resource a field selector may name, and how each is read (registry strategies of Kubernetes). */
import { isArray, isObject } from '../json/types.ts';

/** Reads a field of an object as text; what is absent is ''. */
export type FieldReader = (object: unknown) => string;

function path(dotted: string): FieldReader {
  const parts = dotted.split('.');
  return (object) => {
    let value: unknown = object;
    for (const part of parts) {
      if (!isObject(value)) return '';
      value = value[part];
    }
    return asText(value);
  };
}

function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

function flag(dotted: string): FieldReader {
  const read = path(dotted);
  return (object) => (read(object) === 'true' ? 'true' : 'false');
}

function either(first: string, second: string): FieldReader {
  const a = path(first);
  const b = path(second);
  return (object) => a(object) || b(object);
}

function number(dotted: string): FieldReader {
  const read = path(dotted);
  return (object) => read(object) || '0';
}

/** The first of `status.podIPs`, or the older single field. */
const podIp: FieldReader = (object) => {
  const status = isObject(object) ? object.status : undefined;
  if (!isObject(status)) return '';
  const ips = status.podIPs;
  const first: unknown = isArray(ips) ? ips[0] : undefined;
  return asText(isObject(first) ? first.ip : status.podIP);
};

function paths(...dotted: readonly string[]): readonly (readonly [string, FieldReader])[] {
  return dotted.map((field) => [field, path(field)]);
}

const META = paths('metadata.name', 'metadata.namespace');

function table(...fields: readonly (readonly [string, FieldReader])[]): ReadonlyMap<string, FieldReader> {
  return new Map([...META, ...fields]);
}

/** Resources that have more than their name and namespace to offer. */
const SPECIAL: ReadonlyMap<string, ReadonlyMap<string, FieldReader>> = new Map([
  [
    'pods',
    table(
      ...paths(
        'spec.nodeName',
        'spec.restartPolicy',
        'spec.schedulerName',
        'spec.serviceAccountName',
        'status.phase',
        'status.nominatedNodeName',
      ),
      ['spec.host', path('spec.nodeName')],
      ['spec.hostNetwork', flag('spec.hostNetwork')],
      ['status.podIP', podIp],
      ['status.podIPs', podIp],
    ),
  ],
  [
    'events',
    table(
      ...paths(
        'involvedObject.kind',
        'involvedObject.namespace',
        'involvedObject.name',
        'involvedObject.uid',
        'involvedObject.apiVersion',
        'involvedObject.resourceVersion',
        'involvedObject.fieldPath',
        'reason',
        'type',
        'reportingComponent',
      ),
      ['source', either('source.component', 'reportingComponent')],
    ),
  ],
  [
    'events.events.k8s.io',
    table(
      ...paths(
        'regarding.kind',
        'regarding.namespace',
        'regarding.name',
        'regarding.uid',
        'regarding.apiVersion',
        'regarding.resourceVersion',
        'regarding.fieldPath',
        'reason',
        'type',
        'reportingController',
      ),
      ['reportingComponent', path('reportingController')],
      ['source', either('deprecatedSource.component', 'reportingController')],
    ),
  ],
  ['nodes', new Map([...paths('metadata.name'), ['spec.unschedulable', flag('spec.unschedulable')]])],
  ['namespaces', new Map([...paths('metadata.name', 'status.phase'), ['name', path('metadata.name')]])],
  ['secrets', table(...paths('type'))],
  ['services', table(...paths('spec.clusterIP', 'spec.type'))],
  ['replicasets.apps', table(['status.replicas', number('status.replicas')])],
  ['replicationcontrollers', table(['status.replicas', number('status.replicas')])],
  ['certificatesigningrequests.certificates.k8s.io', table(...paths('spec.signerName'))],
  ['jobs.batch', table(['status.successful', number('status.succeeded')])],
]);

const ORDINARY = table();

export interface SelectableFields {
  readonly fields: ReadonlyMap<string, FieldReader>;
  /** The sentence for a field that is not among them. */
  unsupported(field: string): string;
}

export function selectableFields(groupResource: string): SelectableFields {
  const special = SPECIAL.get(groupResource);
  if (special !== undefined) {
    return { fields: special, unsupported: (field) => `field label not supported: ${field}` };
  }
  return {
    fields: ORDINARY,
    unsupported: (field) =>
      `"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`,
  };
}
