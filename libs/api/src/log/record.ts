/** The vocabulary of the log that store, event log, client and services share (design: "The log"). */

/** A position in the log: gapless, starting at 1, in commit order. 0 means "before everything". */
export type Revision = number;

/** Names one object: `resource` is the plural, with its group unless core: `pods`, `deployments.apps`. */
export interface ObjectKey {
  readonly resource: string;
  /** Empty for cluster-scoped objects. */
  readonly namespace: string;
  readonly name: string;
}

export type Operation = 'create' | 'update' | 'delete';

/** Who did it and why. */
export interface Provenance {
  /** User name as authenticated. */
  readonly actor: string;
  readonly requestId: string;
  /** The revision that last enqueued the key being reconciled; absent for a person's own request. */
  readonly cause?: Revision | undefined;
  /** One sentence for people. */
  readonly because?: string | undefined;
  /**
   * The verb of the API by which it was asked for, as authorization knows it, with the subresource: `patch`, `apply`,
   * `update/status`, `create/eviction`; of an operation of a transaction with that before it, `transact/patch`. It does
   * not travel over NATS.
   */
  readonly via?: string | undefined;
}

export interface LogRecord {
  readonly rev: Revision;
  /** Milliseconds since the epoch with microsecond fraction; never decreases along the log. */
  readonly atMs: number;
  readonly key: ObjectKey;
  readonly uid: string;
  readonly op: Operation;
  /**
   * The object after the change as UTF-8 JSON without `metadata.resourceVersion`; of a delete, the last object.
   * Undefined where it was superseded (leases), is too large for the transport or is confidential.
   */
  readonly body: Uint8Array | undefined;
  /** The revision this one replaced; 0 for a create. */
  readonly prevRev: Revision;
  readonly provenance: Provenance;
  readonly schemaVersion: number;
}

export interface Head {
  readonly logId: string;
  readonly rev: Revision;
  readonly atMs: number;
}

/** One string per object, for maps. Resource, namespace and name never contain '/'. */
export function keyString(key: ObjectKey): string {
  return `${key.resource}/${key.namespace}/${key.name}`;
}
