/** What is known of a field beside the facts: written into its options. */
export interface FieldKnowledge {
  /** A JSON value. */
  readonly default?: string | number | boolean | Readonly<Record<string, never>>;
  /** In the order in which Kubernetes' error messages name them. */
  readonly enum?: readonly string[];
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly immutable?: true;
  readonly implemented?: false;
  readonly unique?: true;
  readonly mayBeEmpty?: true;
  readonly zeroIsUnset?: true;
}

/** `core.v1.Container.name` → what is known. */
export type Knowledge = Readonly<Record<string, FieldKnowledge>>;

export interface ResourceKnowledge {
  readonly singular?: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly served?: true;
  /** Those served; the others are known and not served. */
  readonly subresources?: readonly string[];
  readonly confidential?: true;
  readonly heartbeat?: true;
}
