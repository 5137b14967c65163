/** A cluster in memory, a small controller, and a process that runs it and can be killed: for tests of the shell. */
import { ApiError, controllerRef, isControlledBy } from '@reckon/api';
import type { ConfigMap } from '@reckon/proto/reckon/api/core/v1/config_map.ts';
import { SeededRandom, VirtualClock } from '@reckon/service';
import { EventRecorder } from '../controller/event-recorder.ts';
import { ControllerShell } from '../controller/shell.ts';
import type { Action, Controller } from '../controller/types.ts';
import { watchOwned, watchSelf } from '../controller/watch.ts';
import { parseKey } from '../keys.ts';
import { InterceptedApi, type WriteCall, type WriteHooks } from '../memory/intercepted-api.ts';
import { MemoryApi } from '../memory/memory-api.ts';
import { derivedName } from '../names.ts';
import { LogProjection } from '../projection/log-projection.ts';
import { CONFIG_MAPS } from '../resources.ts';
import type { Stored } from '../types.ts';

export const NS = 'default';

/** Keeps as many children of a config map as its `data.children` says, with the value of its `data.value`. */
export const children: Controller<Stored<ConfigMap>, readonly Stored<ConfigMap>[]> = {
  name: 'children-controller',
  watches: [watchSelf(CONFIG_MAPS), watchOwned(CONFIG_MAPS, 'ConfigMap')],
  observe(snapshot, key) {
    const { namespace, name } = parseKey(key);
    const desired = snapshot.get(CONFIG_MAPS, namespace, name);
    if (!desired?.data?.children) return undefined;
    return { desired, observed: snapshot.ownedBy(CONFIG_MAPS, desired.metadata.uid) };
  },
  plan({ desired, observed, failures }) {
    const actions: Action[] = [];
    const wanted = Number(desired.data?.children);
    const value = desired.data?.value ?? '';
    const names = Array.from({ length: wanted }, (_, ordinal) =>
      derivedName(desired.metadata.name, desired.metadata.uid, ordinal),
    );
    for (const name of names) {
      if (observed.some((child) => child.metadata.name === name)) continue;
      actions.push({
        type: 'create',
        resource: CONFIG_MAPS,
        object: {
          metadata: {
            name,
            namespace: desired.metadata.namespace,
            ownerReferences: [controllerRef(desired)],
          },
          data: { value },
        },
        because: `${observed.length} of ${wanted} children are there`,
        event: { regarding: desired, type: 'Normal', reason: 'SuccessfulCreate', message: `Created ${name}` },
        failureEvent: {
          regarding: desired,
          type: 'Warning',
          reason: 'FailedCreate',
          message: 'Error creating',
        },
      });
    }
    for (const child of observed) {
      const { uid } = child.metadata;
      const target = { namespace: child.metadata.namespace ?? '', name: child.metadata.name };
      if (!names.includes(target.name)) {
        actions.push({
          type: 'delete',
          resource: CONFIG_MAPS,
          target,
          precondition: { uid },
          because: 'there are too many children',
        });
      } else {
        // Planned for every child: the shell leaves out what changes nothing.
        actions.push({
          type: 'patch',
          resource: CONFIG_MAPS,
          target,
          patch: { type: 'merge', value: { data: { value } } },
          precondition: { uid },
          because: 'the value has changed',
        });
      }
    }
    if (failures.length > 0) {
      actions.unshift({
        type: 'event',
        event: {
          regarding: desired,
          type: 'Warning',
          reason: 'Refused',
          message: `${failures.length} refused`,
        },
      });
    }
    return { actions };
  },
};

/** One process: a projection and a shell that can be killed. */
export class Process {
  readonly projection: LogProjection;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  readonly #events: EventRecorder;

  constructor(
    world: ControllerWorld,
    controller: Controller<Stored<ConfigMap>, readonly Stored<ConfigMap>[]>,
  ) {
    const { api, clock, random } = world;
    this.projection = new LogProjection({ api, clock, resources: [CONFIG_MAPS] });
    this.#events = new EventRecorder({ api: world.plainApi, clock, instance: 'test' });
    const shell = new ControllerShell({
      controller,
      projection: this.projection,
      api,
      events: this.#events,
      clock,
      random,
      workers: 4,
    });
    this.#running = this.projection.start().then(
      () => shell.run(this.#stop.signal),
      () => undefined,
    );
  }

  async kill(): Promise<void> {
    this.#stop.abort(new ApiError('ServiceUnavailable', 'killed'));
    await this.projection.stop();
    await this.#events.close();
    await this.#running;
  }
}

export class ControllerWorld {
  readonly clock = new VirtualClock();
  readonly random = new SeededRandom(7);
  readonly plainApi = new MemoryApi({ clock: this.clock, random: this.random });
  readonly api: InterceptedApi;
  readonly calls: WriteCall[] = [];

  constructor(hooks: WriteHooks = {}) {
    this.api = new InterceptedApi(this.plainApi, {
      before: async (call) => {
        this.calls.push(call);
        await hooks.before?.(call);
      },
      ...(hooks.after ? { after: hooks.after } : {}),
    });
  }

  start(controller: Controller<Stored<ConfigMap>, readonly Stored<ConfigMap>[]> = children): Process {
    return new Process(this, controller);
  }

  parent(data: Record<string, string>) {
    return this.plainApi.create(CONFIG_MAPS, { metadata: { name: 'parent', namespace: NS }, data });
  }

  set(data: Record<string, string>) {
    return this.plainApi.patch(
      CONFIG_MAPS,
      { namespace: NS, name: 'parent' },
      { type: 'merge', value: { data } },
    );
  }

  /** Values of the children, by name. */
  async children(): Promise<readonly string[]> {
    const { items } = await this.plainApi.list(CONFIG_MAPS);
    const parent = items.find(({ metadata }) => metadata.name === 'parent');
    return items
      .filter((item) => isControlledBy(item, parent?.metadata.uid ?? ''))
      .map((item) => item.data?.value ?? '');
  }
}
