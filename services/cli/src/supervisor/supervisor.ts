import type { Clock, Logger } from '@reckon/service';
import { Component } from './component.ts';
import type { ComponentSpec, ComponentStatus } from './types.ts';

export interface SupervisorOptions {
  readonly components: readonly ComponentSpec[];
  readonly clock: Clock;
  readonly log: Logger;
  /** Called after every change of any component. */
  readonly onChange: () => void;
}

/** Keeps a set of processes running: each is started once those it comes after are ready, and stopped before them. */
export class Supervisor {
  readonly #components: ReadonlyMap<string, Component>;
  readonly #log: Logger;
  readonly #onChange: () => void;
  readonly #stopping = new Map<string, Promise<void>>();

  constructor(options: SupervisorOptions) {
    this.#log = options.log;
    this.#onChange = options.onChange;
    const { clock, log } = options;
    this.#components = new Map(
      options.components.map((spec) => [
        spec.name,
        new Component({ spec, clock, log, onChange: () => this.#changed() }),
      ]),
    );
    for (const { name, after } of options.components)
      for (const other of after)
        if (!this.#components.has(other))
          throw new Error(`${name} comes after ${other}, which is not planned`);
  }

  get statuses(): readonly ComponentStatus[] {
    return [...this.#components.values()].map(({ status }) => status);
  }

  start(): void {
    this.#startWhatCan();
  }

  /** Stops these, and before each of them whatever comes after it; all of them by default. */
  async stop(names: readonly string[] = [...this.#components.keys()]): Promise<void> {
    await Promise.all(names.map((name) => this.#stop(name)));
  }

  #stop(name: string): Promise<void> {
    const present = this.#stopping.get(name);
    if (present) return present;
    const component = this.#components.get(name);
    if (!component) return Promise.resolve();
    // Marked in this same turn, so that nothing starts it again in between.
    const stopped = this.#dependantsOf(name)
      .reduce<Promise<unknown>>(
        (before, other) => Promise.all([before, this.#stop(other)]),
        Promise.resolve(),
      )
      .then(() => component.stop());
    this.#stopping.set(name, stopped);
    return stopped;
  }

  #dependantsOf(name: string): readonly string[] {
    return [...this.#components.values()]
      .filter(({ spec }) => spec.after.includes(name))
      .map(({ spec }) => spec.name);
  }

  #changed(): void {
    this.#onChange();
    this.#startWhatCan();
  }

  #startWhatCan(): void {
    for (const component of this.#components.values()) {
      const { spec, status } = component;
      if (status.phase !== 'waiting' || this.#stopping.has(spec.name)) continue;
      if (!spec.after.every((name) => this.#components.get(name)?.wasReady)) continue;
      this.#log.debug('may start', { component: spec.name });
      component.start();
    }
  }
}
