/** The verbs over a map: what the doors' tests talk to. It has revisions and watches, and no rules. */
import { ApiError, alreadyExists, notFound } from '@reckon/api';
import type {
  Body,
  DeleteOptions,
  DeleteResult,
  KubeObject,
  ListOptions,
  ListResult,
  ObjectAt,
  PatchRequest,
  RequestContext,
  Target,
  TransactOperation,
  TransactResult,
  Verbs,
  VersionOptions,
  WatchEvent,
  WatchOptions,
  WatchStream,
  WriteOptions,
  WriteResult,
} from '../../verbs/types.ts';

export function objectAt(target: Target, value: KubeObject, rev: number): ObjectAt {
  const { apiVersion, kind, metadata, ...rest } = value;
  const whole = { apiVersion, kind, metadata: { ...metadata, resourceVersion: String(rev) }, ...rest };
  const name = whole.metadata.name ?? '';
  return {
    key: { resource: target.resource.groupResource, namespace: target.namespace, name },
    rev,
    json: Buffer.from(JSON.stringify(whole)),
    value: whole,
  };
}

interface Watcher {
  readonly target: Target;
  push(event: WatchEvent): void;
}

export class MemoryVerbs implements Verbs {
  /** What the last call was given. */
  last: { readonly context: RequestContext; readonly options: unknown } | undefined;
  rev = 10;
  readonly #objects = new Map<string, ObjectAt>();
  readonly #watchers = new Set<Watcher>();

  async get(context: RequestContext, target: Target, options: VersionOptions): Promise<ObjectAt> {
    this.last = { context, options };
    return this.#find(target);
  }

  async list(context: RequestContext, target: Target, options: ListOptions): Promise<ListResult> {
    this.last = { context, options };
    return { items: this.#matching(target), rev: this.rev, logId: 'test' };
  }

  async watch(context: RequestContext, target: Target, options: WatchOptions): Promise<WatchStream> {
    this.last = { context, options };
    if (options.resourceVersion === '1') throw new ApiError('Expired', 'too old resource version: 1 (5)');
    const initial = options.resourceVersion ? [] : this.#matching(target);
    const queue: WatchEvent[] = initial.map((object) => ({ type: 'ADDED', object, rev: object.rev }));
    if (options.sendInitialEvents) queue.push({ type: 'BOOKMARK', rev: this.rev, initialEventsEnd: true });
    let wake = () => {};
    const watcher: Watcher = {
      target,
      push: (event) => {
        queue.push(event);
        wake();
      },
    };
    this.#watchers.add(watcher);
    const watchers = this.#watchers;
    context.signal.addEventListener('abort', () => wake());
    return (async function* () {
      try {
        for (;;) {
          if (queue.length > 0) yield queue.splice(0);
          if (context.signal.aborted) return;
          if (queue.length === 0)
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
        }
      } finally {
        watchers.delete(watcher);
      }
    })();
  }

  get watchers(): number {
    return this.#watchers.size;
  }

  async create(
    context: RequestContext,
    target: Target,
    body: Body,
    options: WriteOptions,
  ): Promise<WriteResult> {
    this.last = { context, options };
    for (const field of body.duplicateFields) context.warn(field);
    const given = body.value as KubeObject;
    const name = given.metadata.name ?? '';
    if (this.#objects.has(id({ ...target, name }))) throw alreadyExists(target.resource.groupResource, name);
    const metadata = { ...given.metadata, namespace: target.namespace || undefined, uid: `uid-${name}` };
    return { object: this.#put({ ...target, name }, { ...given, metadata }, 'ADDED'), created: true };
  }

  async update(
    context: RequestContext,
    target: Target,
    body: Body,
    options: WriteOptions,
  ): Promise<WriteResult> {
    this.last = { context, options };
    this.#find(target);
    return { object: this.#put(target, body.value as KubeObject, 'MODIFIED'), created: false };
  }

  async patch(
    context: RequestContext,
    target: Target,
    patch: PatchRequest,
    options: WriteOptions,
  ): Promise<WriteResult> {
    this.last = { context, options };
    const before = this.#find(target).value;
    const change = JSON.parse(Buffer.from(patch.body).toString()) as Record<string, unknown>;
    return { object: this.#put(target, { ...before, ...change }, 'MODIFIED'), created: false };
  }

  async delete(context: RequestContext, target: Target, options: DeleteOptions): Promise<DeleteResult> {
    this.last = { context, options };
    const object = this.#find(target);
    this.#objects.delete(id(target));
    const gone = objectAt(target, object.value, ++this.rev);
    this.#tell({ type: 'DELETED', object: gone, rev: gone.rev }, target);
    return { object: gone, deleted: true };
  }

  async deleteCollection(
    context: RequestContext,
    target: Target,
    list: ListOptions,
    options: DeleteOptions,
  ): Promise<ListResult> {
    this.last = { context, options: { list, options } };
    const items = this.#matching(target);
    for (const item of items) await this.delete(context, { ...target, name: item.key.name }, options);
    return { items, rev: this.rev, logId: 'test' };
  }

  transact(context: RequestContext, operations: readonly TransactOperation[]): Promise<TransactResult> {
    this.last = { context, options: operations };
    return Promise.reject(new ApiError('InternalError', 'not here'));
  }

  #find(target: Target): ObjectAt {
    const object = this.#objects.get(id(target));
    if (!object) throw notFound(target.resource.groupResource, target.name);
    return object;
  }

  #matching(target: Target): readonly ObjectAt[] {
    const { resource, namespace } = target;
    return [...this.#objects.values()].filter(
      ({ key }) =>
        key.resource === resource.groupResource && (namespace === '' || key.namespace === namespace),
    );
  }

  #put(target: Target, value: KubeObject, type: 'ADDED' | 'MODIFIED'): ObjectAt {
    const object = objectAt(target, value, ++this.rev);
    this.#objects.set(id(target), object);
    this.#tell({ type, object, rev: object.rev }, target);
    return object;
  }

  #tell(event: WatchEvent, about: Target): void {
    for (const { target, push } of this.#watchers) {
      const same = target.resource === about.resource;
      if (same && (target.namespace === '' || target.namespace === about.namespace)) push(event);
    }
  }
}

function id(target: Target): string {
  return `${target.resource.groupResource}/${target.namespace}/${target.name}`;
}
