/** What the API covers, read from the schema that the API server itself serves. */
import { type Gap, gaps, loadSchema, type ResourceSchema, type Schema } from '@reckon/api';
import { CliError } from '../errors.ts';
import { table } from '../output/table.ts';

export type ApiFormat = 'table' | 'markdown' | 'json';

const HEADER = ['KIND', 'API VERSION', 'RESOURCE', 'SHORT', 'SUBRESOURCES', 'FIELDS WITHOUT EFFECT'];

/** Every kind that is served. */
export function apiKinds(format: ApiFormat): string {
  const schema = loadSchema();
  const missing = Map.groupBy(gaps(schema), ({ resource }) => resource);
  const resources = keptVersions(schema).toSorted((a, b) => sortKey(a).localeCompare(sortKey(b)));
  if (format === 'json')
    return JSON.stringify(
      resources.map((each) => entryOf(each, schema, missing)),
      null,
      2,
    );
  const rows = resources.map((resource) => {
    const entry = entryOf(resource, schema, missing);
    return [
      entry.kind,
      [entry.apiVersion, ...entry.olderVersions].join(', '),
      entry.resource,
      entry.shortNames.join(', '),
      entry.subresources.join(', '),
      entry.gaps === 0 ? '' : String(entry.gaps),
    ];
  });
  return format === 'markdown' ? markdown(rows) : table(HEADER, rows);
}

/** Fields that are accepted and kept although nothing acts on them yet. */
export function apiGaps(resource: string | undefined, format: ApiFormat): string {
  const schema = loadSchema();
  if (resource !== undefined && !schema.resources.some((each) => answersTo(each, resource)))
    throw new CliError(`no kind is called ${resource}`, 'see: ./reckon api kinds');
  const chosen = keptVersions(schema).filter((each) => resource === undefined || answersTo(each, resource));
  const names = new Set(chosen.map(({ groupResource }) => groupResource));
  const found = gaps(schema).filter((gap) => names.has(gap.resource));
  if (format === 'json') return JSON.stringify(found, null, 2);
  if (found.length === 0) return 'everything that the API knows there has an effect';
  return table(
    ['RESOURCE', 'FIELD', 'WHAT IT WOULD DO'],
    found.map((gap) => [gap.resource, gap.path, firstSentence(gap)]),
  );
}

function keptVersions({ resources }: Schema): readonly ResourceSchema[] {
  return resources.filter(({ keptAs }) => keptAs === undefined);
}

/** Other versions of the same shape. */
function olderVersionsOf(kept: ResourceSchema, { resources }: Schema): readonly string[] {
  return resources
    .filter((one) => one.groupResource === kept.groupResource && one.keptAs === kept.version)
    .map(({ version }) => version);
}

function entryOf(resource: ResourceSchema, schema: Schema, missing: ReadonlyMap<string, readonly Gap[]>) {
  const { kind, group, version, shortNames, namespaced, verbs, subresources } = resource;
  return {
    kind,
    apiVersion: group === '' ? version : `${group}/${version}`,
    olderVersions: olderVersionsOf(resource, schema),
    resource: resource.resource,
    shortNames,
    namespaced,
    verbs,
    subresources: [...subresources.keys()],
    gaps: missing.get(resource.groupResource)?.length ?? 0,
  };
}

function sortKey({ group, version, kind }: ResourceSchema): string {
  return `${group} ${kind} ${version}`;
}

function answersTo(
  { resource, groupResource, singular, kind, shortNames }: ResourceSchema,
  name: string,
): boolean {
  return [resource, groupResource, singular, kind.toLowerCase(), ...shortNames].includes(name.toLowerCase());
}

function firstSentence({ doc }: Gap): string {
  return doc.replaceAll('\n', ' ').split(/(?<=\.)\s/)[0] ?? '';
}

function markdown(rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const titles = HEADER.map((title) => `${title.charAt(0)}${title.slice(1).toLowerCase()}`);
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('\n');
}
