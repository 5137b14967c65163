import { ApiError } from '@reckon/api';
import type { RequestContext, User } from '../verbs/types.ts';

/** Where a request comes from, as far as its end matters. */
export interface RequestSource {
  /** True once the client cannot be answered any more. */
  readonly gone: boolean;
  /** Calls once if the client goes away before the answer is complete. */
  onGone(listener: () => void): void;
}

export interface DoorContextFields {
  readonly user: User;
  readonly requestId: string;
  readonly userAgent: string;
  readonly cause?: number | undefined;
  readonly because?: string | undefined;
}

const NO_WARNINGS: readonly string[] = [];

/**
 * What a door hands to a verb. The abort signal is made only if somebody asks for it: most requests are answered
 * before anybody could.
 */
export class DoorContext implements RequestContext {
  readonly user: User;
  readonly requestId: string;
  readonly userAgent: string;
  readonly cause: number | undefined;
  readonly because: string | undefined;
  readonly #source: RequestSource;
  #controller: AbortController | undefined;
  #abortedWith: ApiError | undefined;
  #warnings: string[] | undefined;
  #turn: ((costMs: number) => Promise<void>) | undefined;

  constructor(source: RequestSource, fields: DoorContextFields) {
    this.#source = source;
    this.user = fields.user;
    this.requestId = fields.requestId;
    this.userAgent = fields.userAgent;
    this.cause = fields.cause;
    this.because = fields.because;
  }

  get signal(): AbortSignal {
    if (this.#controller) return this.#controller.signal;
    const controller = new AbortController();
    this.#controller = controller;
    if (this.#abortedWith) controller.abort(this.#abortedWith);
    else this.#source.onGone(() => this.abort(new ApiError('Timeout', 'the client went away')));
    return controller.signal;
  }

  /** From now on what takes long waits for its user's turn before each piece. */
  takeTurns(turn: (costMs: number) => Promise<void>): void {
    this.#turn = turn;
  }

  /** Resolves when a further piece of work that takes about so long may begin; undefined: at once. */
  turn(costMs: number): Promise<void> | undefined {
    return this.#turn?.(costMs);
  }

  get warnings(): readonly string[] {
    return this.#warnings ?? NO_WARNINGS;
  }

  warn(message: string): void {
    if (this.#warnings === undefined) this.#warnings = [message];
    else if (!this.#warnings.includes(message)) this.#warnings.push(message);
  }

  get aborted(): boolean {
    return this.#abortedWith !== undefined || this.#source.gone;
  }

  /** Why the request was ended, if it was ended from this side. */
  get abortedWith(): ApiError | undefined {
    return this.#abortedWith;
  }

  abort(reason: ApiError): void {
    if (this.#abortedWith) return;
    this.#abortedWith = reason;
    this.#controller?.abort(reason);
  }
}
