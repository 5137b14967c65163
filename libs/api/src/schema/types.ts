import type { JsonValue } from '../json/types.ts';

/**
 * The schema: what `proto/` says about every message and resource, in the form that the rest of the code works on.
 * It is compiled from the descriptor image by `load.ts`; defaults, pruning, validation, patches, OpenAPI, the
 * Kubernetes protobuf codec and printing are all derived from it and from nothing else.
 */

/** What a field holds. Wrapper types of Kubernetes (Time, Quantity…) are their own scalars here. */
export type ScalarType =
  | 'string'
  | 'int32'
  | 'int64'
  | 'bool'
  | 'double'
  | 'bytes'
  | 'time'
  | 'microTime'
  | 'duration'
  | 'quantity'
  | 'intOrString'
  | 'fieldsV1'
  | 'rawObject'
  | 'json'
  /** A list of strings that Kubernetes' protobuf form wraps in a message. */
  | 'stringList';

export type FieldType =
  | { readonly scalar: ScalarType }
  /** Full protobuf name of a message in the schema. */
  | { readonly message: string };

export type Cardinality = 'single' | 'list' | 'map';

export interface FieldSchema {
  /** As in JSON: `podIP`. */
  readonly name: string;
  /** The protobuf field number: Kubernetes' own, unless `wirePath` is there. */
  readonly number: number;
  /** Where Kubernetes' protobuf form nests what JSON inlines: the numbers from this message down to the field. */
  readonly wirePath?: readonly number[];
  readonly type: FieldType;
  /** `map`: keys are strings, `type` is the value's. */
  readonly cardinality: Cardinality;
  readonly doc: string;
  readonly required: boolean;
  /** A JSON value. */
  readonly default?: JsonValue;
  /** Zero says the same as absence, so it is replaced by the default. */
  readonly zeroIsUnset?: boolean;
  /** Zero says something else than absence. Of all other scalars Go clients send zero for "not set". */
  readonly explicitPresence?: boolean;
  readonly enum?: readonly string[];
  readonly immutable: boolean;
  /** Known format that validation checks, e.g. `dns1123Label`, `dns1123Subdomain`, `port`, `labelValue`. */
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly listType?: 'atomic' | 'set' | 'map';
  readonly listMapKeys?: readonly string[];
  /** Whether server-side apply owns it (of a list: each of its items) whole or by its parts. */
  readonly structType?: 'atomic' | 'granular';
  readonly patchStrategy?: readonly ('merge' | 'replace' | 'retainKeys')[];
  readonly patchMergeKey?: string;
  /** Validation refuses two items with the same keys (scalars: the same items). */
  readonly unique?: boolean;
  /** Though required, it may be the empty string. */
  readonly mayBeEmpty?: boolean;
  /** False where the schema knows the field and nothing in Reckon acts on it yet. */
  readonly implemented: boolean;
  /** Values of an unimplemented field that ask for nothing but what happens anyway. */
  readonly harmless?: readonly JsonValue[];
}

export interface GroupVersionKind {
  /** Empty for core. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

export interface MessageSchema {
  /** Full protobuf name: `reckon.api.core.v1.Pod`. */
  readonly name: string;
  /** Kubernetes' OpenAPI definition name: `io.k8s.api.core.v1.Pod`. */
  readonly openapiName: string;
  readonly doc: string;
  /** Set if objects of this type stand on their own, with apiVersion and kind. */
  readonly kind?: GroupVersionKind;
  /** Server-side apply owns each field of this type whole. */
  readonly atomic?: boolean;
  /** Of a kind that is no resource: the versions before, that have the same shape and are taken for this one. */
  readonly olderVersions?: readonly string[];
  readonly fields: readonly FieldSchema[];
  readonly byName: ReadonlyMap<string, FieldSchema>;
  readonly byNumber: ReadonlyMap<number, FieldSchema>;
}

export interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date';
  readonly format?: string;
  readonly description: string;
  /** 0 is always shown, 1 with `-o wide`. */
  readonly priority: number;
}

export interface ResourceSchema {
  /** Empty for core. */
  readonly group: string;
  readonly version: string;
  /** The version of the same shape that objects are kept as; undefined: this one. */
  readonly keptAs?: string;
  /** Plural: `deployments`. */
  readonly resource: string;
  /** `pods`, `deployments.apps`: the form in `ObjectKey.resource`. */
  readonly groupResource: string;
  readonly kind: string;
  readonly listKind: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  /** Name → kind and verbs, e.g. `scale` → autoscaling/v1 Scale. */
  readonly subresources: ReadonlyMap<string, SubresourceSchema>;
  /** Full protobuf name of its message. */
  readonly message: string;
  /** True if the body must never leave the apiserver in the clear (secrets). */
  readonly confidential: boolean;
  /** True if only the latest revision's body is kept (leases). */
  readonly heartbeat: boolean;
}

export interface SubresourceSchema {
  readonly name: string;
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly verbs: readonly string[];
}

export interface Schema {
  message(name: string): MessageSchema;
  readonly messages: ReadonlyMap<string, MessageSchema>;
  /** Those that are served. */
  readonly resources: readonly ResourceSchema[];
  /** By group, version and plural. */
  resource(group: string, version: string, resource: string): ResourceSchema | undefined;
  /** By `pods` / `deployments.apps`, in the preferred version. */
  byGroupResource(groupResource: string): ResourceSchema | undefined;
  /** By group, version and kind. */
  byKind(group: string, version: string, kind: string): ResourceSchema | undefined;
  /** The message of a kind, also of one that is no resource: Scale, Binding, Status, DeleteOptions, PodList. */
  kindMessage(group: string, version: string, kind: string): MessageSchema | undefined;
}
