/** Which paths the API has: those of its resources, and of discovery. */
import type { Schema } from '../schema/types.ts';
import { groupVersionPath, MEDIA, META, names, ok, ResourceOperations, UNAUTHORIZED } from './operations.ts';
import { verbParameters } from './parameters.ts';
import type { Operation, Path } from './types.ts';

/** The paths of all resources of one group and version. */
export function resourcePaths(schema: Schema, group: string, version: string): readonly Path[] {
  const parameters = verbParameters(schema);
  return schema.resources
    .filter((resource) => resource.group === group && resource.version === version)
    .flatMap((resource) => new ResourceOperations(schema, resource, parameters).paths());
}

/** `/api/v1/`, `/apis/apps/v1/`: what resources there are. */
export function discoveryPath(group: string, version: string): Path {
  const { tag, prefix } = names(group, version);
  const get: Operation = {
    id: `get${prefix}APIResources`,
    tag,
    description: 'Lists the resources of this group and version.',
    parameters: [],
    consumes: MEDIA,
    produces: MEDIA,
    responses: [ok(`${META}APIResourceList`), UNAUTHORIZED],
  };
  return { path: `/${groupVersionPath(group, version)}/`, parameters: [], operations: { get } };
}

/** Group and version of everything that is served, in the order of discovery. */
export function groupVersions(
  schema: Schema,
): readonly { readonly group: string; readonly version: string }[] {
  const found = new Map(
    schema.resources.map(({ group, version }) => [groupVersionPath(group, version), { group, version }]),
  );
  return [...found.values()];
}
