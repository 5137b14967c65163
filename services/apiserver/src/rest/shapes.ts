/** Objects in other shapes than their own: tables for people, metadata only (API concepts: alternate representations). */
import {
  badRequest,
  type IncludeObject,
  type PartialObjectMetadata,
  type PartialObjectMetadataList,
  type ResourceSchema,
  type Table,
  toPartialMetadata,
  toPartialMetadataList,
  toTable,
} from '@reckon/api';
import type { ListResult, ObjectAt } from '../verbs/types.ts';
import { listMetadata } from './list-body.ts';
import type { Negotiated } from './negotiate.ts';
import type { Query } from './query.ts';

export interface ShapeRequest {
  readonly resource: ResourceSchema;
  readonly negotiated: Negotiated;
  readonly includeObject: IncludeObject;
  readonly nowMs: number;
}

export function includeObjectOf(query: Query): IncludeObject {
  const value = query.text('includeObject');
  if (value === undefined || value === 'Metadata') return 'Metadata';
  if (value === 'None' || value === 'Object') return value;
  throw badRequest(`unrecognized includeObject value: ${JSON.stringify(value)}`);
}

/** @param columns false for what follows the first table of a watch. */
export function shapeOne(
  { resource, negotiated, includeObject, nowMs }: ShapeRequest,
  object: Pick<ObjectAt, 'value'>,
  columns = true,
): Table | PartialObjectMetadata {
  const version = negotiated.metaVersion;
  if (negotiated.as !== 'Table') return toPartialMetadata(object.value, version);
  const metadata = { resourceVersion: object.value.metadata.resourceVersion };
  return toTable(resource.groupResource, [object.value], {
    includeObject,
    nowMs,
    version,
    columns,
    metadata,
  });
}

export function shapeList(
  { resource, negotiated, includeObject, nowMs }: ShapeRequest,
  result: ListResult,
): Table | PartialObjectMetadataList {
  const version = negotiated.metaVersion;
  const metadata = listMetadata(result);
  const values = result.items.map((item) => item.value);
  if (negotiated.as !== 'Table') return toPartialMetadataList(values, metadata, version);
  return toTable(resource.groupResource, values, { includeObject, nowMs, version, metadata });
}
