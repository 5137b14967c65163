/** Writes messages as text of the protobuf language, with everything known about them as options. */
import type { Facts, JsonField, ResourceFact, WireMessage } from './facts.ts';
import { OTHERS } from './knowledge/others.ts';
import { PODS } from './knowledge/pods.ts';
import { EXPLICIT_PRESENCE } from './knowledge/presence.ts';
import { RESOURCES } from './knowledge/resources.ts';
import type { FieldKnowledge } from './knowledge/types.ts';
import { snakeCase } from './layout.ts';

const KNOWLEDGE: Readonly<Record<string, FieldKnowledge>> = { ...PODS, ...OTHERS };
/** Numbers of apiVersion and kind, which Kubernetes keeps outside of the message. */
const API_VERSION_NUMBER = 100;
const KIND_NUMBER = 101;
const VERBS: Readonly<Record<string, readonly string[]>> = {
  post: ['create'],
  get: ['get'],
  list: ['list', 'watch'],
  put: ['update'],
  patch: ['patch'],
  delete: ['delete'],
  deletecollection: ['deletecollection'],
  connect: ['create', 'get'],
};

interface FieldType {
  readonly proto: string;
  readonly scalar?: string;
}

interface Line {
  readonly name: string;
  readonly number: number;
  readonly type: string;
  readonly label: '' | 'optional ' | 'repeated ';
  readonly options: readonly string[];
}

export interface MessageSource {
  /** `core.v1`. */
  readonly pkg: string;
  readonly openapiPrefix: string;
  readonly wirePrefix: string;
  readonly name: string;
}

const WRAPPED: Readonly<Record<string, FieldType>> = {
  '.k8s.io.apimachinery.pkg.apis.meta.v1.Time': { proto: 'string', scalar: 'TIME' },
  '.k8s.io.apimachinery.pkg.apis.meta.v1.MicroTime': { proto: 'string', scalar: 'MICRO_TIME' },
  '.k8s.io.apimachinery.pkg.apis.meta.v1.Duration': { proto: 'string', scalar: 'DURATION' },
  '.k8s.io.apimachinery.pkg.api.resource.Quantity': { proto: 'string', scalar: 'QUANTITY' },
  '.k8s.io.apimachinery.pkg.util.intstr.IntOrString': {
    proto: 'google.protobuf.Value',
    scalar: 'INT_OR_STRING',
  },
  '.k8s.io.apimachinery.pkg.apis.meta.v1.FieldsV1': { proto: 'google.protobuf.Struct', scalar: 'FIELDS_V1' },
  '.k8s.io.apimachinery.pkg.runtime.RawExtension': { proto: 'google.protobuf.Struct', scalar: 'RAW_OBJECT' },
  '.k8s.io.apimachinery.pkg.apis.meta.v1.Verbs': {
    proto: 'google.protobuf.ListValue',
    scalar: 'STRING_LIST',
  },
  ExtraValue: { proto: 'google.protobuf.ListValue', scalar: 'STRING_LIST' },
  bytes: { proto: 'string', scalar: 'BYTES' },
};

function fieldType(wireType: string, wirePrefix: string): FieldType {
  const qualified =
    wireType.startsWith('.') || /^[a-z]/.test(wireType) || wireType === 'ExtraValue'
      ? wireType
      : `.${wirePrefix}${wireType}`;
  const wrapped = WRAPPED[qualified];
  if (wrapped !== undefined) return wrapped;
  if (!qualified.startsWith('.')) return { proto: qualified };
  const local = qualified.slice(1);
  if (local.startsWith(wirePrefix)) return { proto: local.slice(wirePrefix.length) };
  return { proto: local.replace(/^k8s\.io\.(api|apimachinery\.pkg\.apis)\./, 'reckon.api.') };
}

const text = (value: string): string => JSON.stringify(value);
const texts = (values: readonly string[]): string => `[${values.map(text).join(', ')}]`;

function factOptions(json: JsonField, required: boolean, known: FieldKnowledge): string[] {
  const options: string[] = [];
  if (required) options.push('required: true');
  if (known.default !== undefined) options.push(`default: ${text(JSON.stringify(known.default))}`);
  if (known.enum !== undefined) options.push(`enum: ${texts(known.enum)}`);
  if (known.immutable) options.push('immutable: true');
  if (known.format !== undefined) options.push(`format: ${text(known.format)}`);
  if (known.minimum !== undefined) options.push(`minimum: ${known.minimum}`);
  if (known.maximum !== undefined) options.push(`maximum: ${known.maximum}`);
  if (json.listType !== undefined) options.push(`list_type: LIST_TYPE_${json.listType.toUpperCase()}`);
  if (json.listMapKeys !== undefined) options.push(`list_map_keys: ${texts(json.listMapKeys)}`);
  if (json.mapType !== undefined) options.push(`struct_type: STRUCT_TYPE_${json.mapType.toUpperCase()}`);
  if (json.patchStrategy !== undefined)
    options.push(`patch_strategy: ${texts(json.patchStrategy.split(','))}`);
  if (json.patchMergeKey !== undefined) options.push(`patch_merge_key: ${text(json.patchMergeKey)}`);
  if (known.unique) options.push('unique: true');
  if (known.mayBeEmpty) options.push('may_be_empty: true');
  if (known.zeroIsUnset) options.push('zero_is_unset: true');
  if (known.implemented === false) options.push('unimplemented: true');
  return options;
}

/** The protobuf field behind each JSON name, those of embedded messages included. */
function wireFields(
  messages: Readonly<Record<string, WireMessage>>,
  name: string,
  jsonNames: ReadonlySet<string>,
): ReadonlyMap<string, { readonly path: readonly number[]; readonly type: string }> {
  const byName = new Map([...jsonNames].map((json) => [json.toLowerCase(), json]));
  const found = new Map<string, { path: readonly number[]; type: string }>();
  for (const [field, [number, type]] of Object.entries(messages[name] ?? {})) {
    const json = byName.get(field.toLowerCase());
    if (json !== undefined) {
      found.set(json, { path: [number], type });
      continue;
    }
    const inner = messages[type.replace(/^optional /, '')];
    if (!type.startsWith('optional ') || inner === undefined) continue;
    const nested = wireFields(messages, type.replace(/^optional /, ''), jsonNames);
    for (const [key, value] of nested) {
      if (!found.has(key)) found.set(key, { path: [number, ...value.path], type: value.type });
    }
  }
  return found;
}

function fieldLine(
  source: MessageSource,
  name: string,
  wire: { path: readonly number[]; type: string },
  options: string[],
): Line {
  const map = /^map<string,\s*(.*)>$/.exec(wire.type);
  const bare = map?.[1] ?? wire.type.replace(/^(optional|repeated) /, '');
  const type = fieldType(bare, source.wirePrefix);
  if (type.scalar !== undefined) options.push(`scalar: SCALAR_${type.scalar}`);
  if (wire.path.length > 1) options.push(`wire_path: [${wire.path.join(', ')}]`);
  const [first = 0, second] = wire.path;
  return {
    name,
    number: second === undefined ? first : first * 100 + second,
    type: map === null ? type.proto : `map<string, ${type.proto}>`,
    label: map !== null ? '' : wire.type.startsWith('repeated ') ? 'repeated ' : 'optional ',
    options,
  };
}

function lineText(line: Line): string {
  const field = snakeCase(line.name);
  const camel = field.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  const options: string[] = [];
  if (camel !== line.name) options.push(`json_name = ${text(line.name)}`);
  if (line.options.length > 0) options.push(`(reckon.options.v1.field) = {${line.options.join(', ')}}`);
  const suffix = options.length > 0 ? ` [${options.join(', ')}]` : '';
  return `  ${line.label}${line.type} ${field} = ${line.number}${suffix};`;
}

const verbsOf = (verbs: readonly string[]): readonly string[] =>
  [...new Set(verbs.flatMap((verb) => VERBS[verb] ?? []))].sort();

function splitKind(kind: string): { group: string; version: string; name: string } {
  const [, group = '', version = '', name = ''] = /^(.*)\/(\S+) (\S+)$/.exec(kind) ?? [];
  return { group: group === 'core' ? '' : group, version, name };
}

function resourceOption(key: string, fact: ResourceFact): string {
  const known = RESOURCES[key] ?? {};
  const plural = key.split(' ')[1] ?? '';
  const parts = [`plural: ${text(plural)}`, `singular: ${text(known.singular ?? fact.kind.toLowerCase())}`];
  if (known.shortNames) parts.push(`short_names: ${texts(known.shortNames)}`);
  if (known.categories) parts.push(`categories: ${texts(known.categories)}`);
  if (fact.namespaced) parts.push('namespaced: true');
  parts.push(`verbs: ${texts(verbsOf(fact.verbs))}`);
  const subresources = Object.entries(fact.subresources).map(([name, sub]) => {
    const { group, version, name: kind } = splitKind(sub.kind);
    const served = known.subresources?.includes(name) ? ', served: true' : '';
    const verbs = name === 'proxy' ? ['create', 'delete', 'get', 'patch', 'update'] : verbsOf(sub.verbs);
    return `{name: ${text(name)}, group: ${text(group)}, version: ${text(version)}, kind: ${text(kind)}, verbs: ${texts(verbs)}${served}}`;
  });
  // One by one: not every parser of .proto files takes messages in a list (protobufjs does not).
  parts.push(...subresources.map((each) => `subresources: ${each}`));
  for (const flag of ['served', 'confidential', 'heartbeat'] as const)
    if (known[flag]) parts.push(`${flag}: true`);
  return `  option (reckon.options.v1.resource) = {${parts.join(', ')}};`;
}

export function messageText(facts: Facts, source: MessageSource): string {
  const definition = facts.types[source.openapiPrefix + source.name];
  const messages = facts.wire[source.wirePrefix.slice(0, -1)]?.messages ?? {};
  const wireNames = Object.keys(messages[source.name] ?? {});
  const typeMeta = wireNames.includes('metadata') ? ['apiVersion', 'kind'] : [];
  const jsonFields: Readonly<Record<string, JsonField>> =
    definition === undefined
      ? Object.fromEntries([...typeMeta, ...wireNames].map((name) => [name, {}]))
      : (definition.fields ?? {});
  const isKind =
    'apiVersion' in jsonFields && 'kind' in jsonFields && messages[source.name]?.apiVersion === undefined;
  const wire = wireFields(messages, source.name, new Set(Object.keys(jsonFields)));
  const lines: Line[] = [];
  for (const [name, json] of Object.entries(jsonFields)) {
    const found = wire.get(name);
    const known = KNOWLEDGE[`${source.pkg}.${source.name}.${name}`] ?? {};
    const options = factOptions(json, definition?.required?.includes(name) ?? false, known);
    if (EXPLICIT_PRESENCE.has(`${source.pkg}.${source.name}.${name}`))
      options.push('explicit_presence: true');
    if (found !== undefined) lines.push(fieldLine(source, name, found, options));
    else if (isKind && name === 'apiVersion')
      lines.push({ name, number: API_VERSION_NUMBER, type: 'string', label: 'optional ', options });
    else if (isKind && name === 'kind')
      lines.push({ name, number: KIND_NUMBER, type: 'string', label: 'optional ', options });
    else console.error(`no number: ${source.pkg}.${source.name}.${name}`);
  }
  const order = (line: Line) =>
    line.number === API_VERSION_NUMBER ? -2 : line.number === KIND_NUMBER ? -1 : line.number;
  lines.sort((a, b) => order(a) - order(b));
  const head: string[] = [];
  const flags = [isKind ? 'kind: true' : '', definition?.mapType === 'atomic' ? 'atomic: true' : ''].filter(
    Boolean,
  );
  if (flags.length > 0) head.push(`  option (reckon.options.v1.message) = {${flags.join(', ')}};`);
  for (const [key, fact] of Object.entries(facts.resources)) {
    const gv = key.split(' ')[0];
    if (isKind && definition?.gvk?.includes(`${gv} ${fact.kind}`) && fact.kind === source.name)
      head.push(resourceOption(key, fact));
  }
  return `message ${source.name} {\n${[...head, ...lines.map(lineText)].join('\n')}\n}\n`;
}
