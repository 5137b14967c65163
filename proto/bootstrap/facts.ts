/** What the facts folder holds, and how it is read. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A field's type as the OpenAPI document states it. */
export interface JsonType {
  readonly type?: string;
  readonly format?: string;
  readonly ref?: string;
  readonly list?: JsonType;
  readonly map?: JsonType;
}

export interface JsonField extends JsonType {
  readonly listType?: 'atomic' | 'set' | 'map';
  readonly listMapKeys?: readonly string[];
  readonly mapType?: 'atomic' | 'granular';
  readonly patchStrategy?: string;
  readonly patchMergeKey?: string;
}

export interface JsonDefinition {
  readonly fields?: Readonly<Record<string, JsonField>>;
  readonly required?: readonly string[];
  readonly mapType?: 'atomic' | 'granular';
  /** `core/v1 Pod`. */
  readonly gvk?: readonly string[];
}

export interface ResourceFact {
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly kind: string;
  readonly subresources: Readonly<
    Record<string, { readonly verbs: readonly string[]; readonly kind: string }>
  >;
}

/** Field → number and type in Kubernetes' own protobuf form, e.g. `[1, "optional string"]`. */
export type WireMessage = Readonly<Record<string, readonly [number, string]>>;

export interface CriPackage {
  readonly messages: Readonly<Record<string, WireMessage>>;
  readonly enums: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly services: Readonly<Record<string, Readonly<Record<string, readonly [string, string]>>>>;
}

export interface Facts {
  /** `core/v1 pods` → facts. */
  readonly resources: Readonly<Record<string, ResourceFact>>;
  /** `io.k8s.api.core.v1.Pod` → definition. */
  readonly types: Readonly<Record<string, JsonDefinition>>;
  /** `k8s.io.api.core.v1` → message → fields. */
  readonly wire: Readonly<Record<string, { readonly messages: Readonly<Record<string, WireMessage>> }>>;
  readonly cri: CriPackage;
}

export function readFacts(folder: string): Facts {
  const read = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8'));
  const api = read('kubernetes-api.json');
  return {
    resources: api.resources,
    types: api.types,
    wire: read('kubernetes-protobuf.json'),
    cri: read('cri-v1.json')['runtime.v1'],
  };
}
