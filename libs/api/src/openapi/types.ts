/** What the API's documents say, before it is written down in the one or the other version of OpenAPI. */

export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** JSON Schema as far as it is used. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly description: string;
  readonly type: 'string' | 'integer' | 'boolean';
}

export type Action = 'list' | 'get' | 'post' | 'put' | 'patch' | 'delete' | 'deletecollection' | 'connect';
export type Method = 'get' | 'put' | 'post' | 'delete' | 'options' | 'head' | 'patch';

export interface Response {
  readonly code: number;
  readonly description: string;
  /** OpenAPI name of what is in it. */
  readonly type?: string;
}

export interface Operation {
  readonly id: string;
  readonly tag: string;
  readonly description: string;
  readonly action?: Action;
  readonly kind?: GroupVersionKind;
  readonly parameters: readonly Parameter[];
  /** OpenAPI name of what the request's body holds. */
  readonly body?: { readonly type: string; readonly required: boolean };
  readonly consumes: readonly string[];
  readonly produces: readonly string[];
  readonly responses: readonly Response[];
}

export interface Path {
  readonly path: string;
  /** Of all its operations. */
  readonly parameters: readonly Parameter[];
  readonly operations: Readonly<Partial<Record<Method, Operation>>>;
}
