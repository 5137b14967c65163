/** What controllers write, counted; and what of it left everything as it was. */

import type { MemoryApi, WriteCall } from '@reckon/client';

export class WriteWatch {
  readonly #api: MemoryApi;
  readonly #calls: WriteCall[] = [];
  readonly #idle: WriteCall[] = [];
  /** The head right before each write. */
  readonly #heads = new WeakMap<WriteCall, number>();

  constructor(api: MemoryApi) {
    this.#api = api;
  }

  /** All that was tried, also what was refused. */
  get calls(): readonly WriteCall[] {
    return this.#calls;
  }

  /** Writes that succeeded and changed nothing: what they answered was there before. */
  get idle(): readonly WriteCall[] {
    return this.#idle;
  }

  readonly before = (call: WriteCall): void => {
    this.#calls.push(call);
    this.#heads.set(call, this.#api.head.rev);
  };

  readonly after = (call: WriteCall, revision: number): void => {
    if (!call.options.dryRun && revision <= (this.#heads.get(call) ?? 0)) this.#idle.push(call);
  };
}

/** For messages. */
export function describeCalls(calls: readonly WriteCall[]): readonly string[] {
  return calls.map(({ verb, resource, name, options }) => `${verb} ${resource} ${name}: ${options.because}`);
}
