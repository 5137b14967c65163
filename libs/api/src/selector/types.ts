/** Selectors, parsed once and compiled into predicates that are cheap enough to ask for every event and watcher. */

export type LabelOperator = '=' | '==' | '!=' | 'in' | 'notin' | 'exists' | '!' | 'gt' | 'lt';

export interface LabelRequirement {
  readonly key: string;
  readonly operator: LabelOperator;
  /** Sorted, each once. */
  readonly values: readonly string[];
}

export type Labels = Readonly<Record<string, string>>;

export interface LabelSelection {
  /** All must hold; sorted by key. */
  readonly requirements: readonly LabelRequirement[];
  /** True if nothing is asked for: every object matches. */
  readonly everything: boolean;
  /** True if no object can match (the selector object was absent). */
  readonly nothing: boolean;
  matches(labels: Labels | undefined): boolean;
  /** In the string syntax, requirements in order. */
  toString(): string;
}

export interface FieldRequirement {
  readonly field: string;
  readonly operator: '=' | '!=';
  readonly value: string;
}

export interface FieldSelection {
  readonly requirements: readonly FieldRequirement[];
  readonly everything: boolean;
  matches(object: unknown): boolean;
  /** The value that `field` must have; undefined if it may have more than one. */
  exactValue(field: string): string | undefined;
  toString(): string;
}

/** `LabelSelector` as objects have it (Deployment, ReplicaSet…). */
export interface LabelSelectorObject {
  readonly matchLabels?: Labels | undefined;
  readonly matchExpressions?: readonly LabelSelectorRequirementObject[] | undefined;
}

export interface LabelSelectorRequirementObject {
  readonly key?: string | undefined;
  readonly operator?: string | undefined;
  readonly values?: readonly string[] | undefined;
}
