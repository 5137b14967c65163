/**
 * How an object that `kubectl apply` keeps by its annotation comes under server-side apply, and how both stay true to
 * each other. Only the field manager `kubectl` is served, as in Kubernetes.
 */
import { compareFields } from '../fields/compare.ts';
import { differenceOf, EMPTY, type FieldSet, unionOf } from '../fields/field-set.ts';
import { fieldsOf } from '../fields/of-value.ts';
import type { Shape } from '../fields/shape.ts';
import { isObject } from '../json/types.ts';
import { LAST_APPLIED_ANNOTATION } from '../meta/names.ts';
import type { KubeObject } from '../meta/types.ts';

const KUBECTL = 'kubectl';
const MAX_ANNOTATIONS_BYTES = 256 * 1_024;

/** Fields that the annotation says kubectl set and that nobody has changed since: an apply by kubectl may take them. */
export function fieldsKubectlApplied(shape: Shape, live: KubeObject, manager: string): FieldSet {
  const annotation = live.metadata.annotations?.[LAST_APPLIED_ANNOTATION];
  if (manager !== KUBECTL || annotation === undefined || annotation === '') return EMPTY;
  const applied = parseObject(annotation);
  if (applied === undefined || applied.apiVersion !== live.apiVersion) return EMPTY;
  const { added, modified, removed } = compareFields(shape, applied, live);
  return differenceOf(fieldsOf(shape, applied), unionOf(unionOf(added, modified), removed));
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    // An annotation that somebody wrote by hand and that is no JSON tells nothing.
    return undefined;
  }
}

/** The object with the annotation that says what kubectl has applied now, if it had one before. */
export function withLastApplied(object: KubeObject, applied: KubeObject, manager: string): KubeObject {
  const { annotations } = object.metadata;
  if (manager !== KUBECTL || !annotations?.[LAST_APPLIED_ANNOTATION]) return object;
  const next: Record<string, string> = {
    ...annotations,
    [LAST_APPLIED_ANNOTATION]: lastAppliedText(applied),
  };
  if (annotationBytes(next) > MAX_ANNOTATIONS_BYTES) delete next[LAST_APPLIED_ANNOTATION];
  return { ...object, metadata: { ...object.metadata, annotations: next } };
}

function lastAppliedText(applied: KubeObject): string {
  const { [LAST_APPLIED_ANNOTATION]: _own, ...annotations } = applied.metadata.annotations ?? {};
  const metadata = { ...applied.metadata, ...(applied.metadata.annotations && { annotations }) };
  return `${JSON.stringify({ ...applied, metadata }, sortedFields)}\n`;
}

/** Go writes the fields of a map in order; a diff of two annotations is then a diff of what they say. */
function sortedFields(_field: string, value: unknown): unknown {
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function annotationBytes(annotations: Readonly<Record<string, string>>): number {
  let bytes = 0;
  for (const [key, value] of Object.entries(annotations)) {
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  return bytes;
}
