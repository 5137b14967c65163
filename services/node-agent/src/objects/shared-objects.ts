import { ApiError } from '@reckon/api';
import type { KubeObject, ObjectName, ResourceType, Stored } from '@reckon/client';
import type { Subscription } from '@reckon/cri';
import type { Clock } from '@reckon/service';
import type { NodeApi } from '../api/types.ts';

export interface SharedObjectsOptions {
  readonly api: Pick<NodeApi, 'follow'>;
  readonly clock: Clock;
  /** An object that this user (a pod's uid) uses changed, came or went. */
  readonly onChange: (user: string, resource: ResourceType, target: ObjectName) => void;
}

interface Followed {
  readonly resource: ResourceType;
  readonly target: ObjectName;
  readonly users: Set<string>;
  /** Resolves with the first answer. */
  readonly first: Promise<void>;
  object: Stored | undefined;
  subscription: Subscription;
}

/** How long a pod waits for the API's first answer before it says that it cannot start. */
const FIRST_ANSWER_MS = 10_000;

/**
 * ConfigMaps and Secrets that pods of this node use. Each is followed once, however many pods use it, from the first
 * use to the end of the last pod that used it; so a change is known the moment it happens, and the node reads nothing
 * that none of its pods needs.
 */
export class SharedObjects {
  readonly #options: SharedObjectsOptions;
  readonly #followed = new Map<string, Followed>();

  constructor(options: SharedObjectsOptions) {
    this.#options = options;
  }

  /** Undefined if there is none; ServiceUnavailable if the API does not answer. */
  async use<T extends KubeObject>(
    user: string,
    resource: ResourceType<T>,
    target: ObjectName,
  ): Promise<Stored<T> | undefined> {
    const followed = this.#follow(resource, target);
    followed.users.add(user);
    const { promise: late, reject } = Promise.withResolvers<never>();
    const cancel = this.#options.clock.after(FIRST_ANSWER_MS, () => {
      const what = `${resource.resource} ${target.namespace}/${target.name}`;
      reject(new ApiError('ServiceUnavailable', `the API server did not say whether there is ${what}`));
    });
    try {
      await Promise.race([followed.first, late]);
    } finally {
      cancel();
    }
    // What is followed under this resource and name is of its type.
    return followed.object as Stored<T> | undefined;
  }

  /** This user is gone. */
  release(user: string): void {
    for (const [key, followed] of this.#followed) {
      if (!followed.users.delete(user) || followed.users.size > 0) continue;
      followed.subscription.close();
      this.#followed.delete(key);
    }
  }

  stop(): void {
    for (const followed of this.#followed.values()) followed.subscription.close();
    this.#followed.clear();
  }

  #follow(resource: ResourceType, target: ObjectName): Followed {
    const key = `${resource.groupResource}/${target.namespace}/${target.name}`;
    const known = this.#followed.get(key);
    if (known) return known;
    const { promise: first, resolve: answered } = Promise.withResolvers<void>();
    const followed: Followed = {
      resource,
      target,
      users: new Set(),
      first,
      object: undefined,
      subscription: { close() {} },
    };
    const set = (object: Stored | undefined) => {
      if (object?.metadata.resourceVersion === followed.object?.metadata.resourceVersion && object) return;
      const isFirst = followed.object === undefined && object === undefined;
      followed.object = object;
      answered();
      if (!isFirst) for (const user of followed.users) this.#options.onChange(user, resource, target);
    };
    this.#followed.set(key, followed);
    const selection = { namespace: target.namespace, fieldSelector: `metadata.name=${target.name}` };
    followed.subscription = this.#options.api.follow(resource, selection, {
      replace: (objects) => set(objects[0]),
      put: (object) => set(object),
      remove: () => set(undefined),
    });
    return followed;
  }
}
