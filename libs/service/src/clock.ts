/** Time as a dependency: no logic asks the machine for it (design: "Time is injected"). */
export interface Clock {
  /** Milliseconds since the epoch; may jump when the machine's clock is set. */
  nowMs(): number;
  /** Milliseconds since some fixed point; never goes back. For measuring durations. */
  monotonicMs(): number;
  /** Runs `callback` once after `delayMs`. The result cancels it. */
  after(delayMs: number, callback: () => void): () => void;
  /** Runs `callback` every `periodMs`. The result cancels it. */
  every(periodMs: number, callback: () => void): () => void;
  /** Resolves after `delayMs`, or rejects with the signal's reason once it is aborted. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}

export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** RFC 9562 version 4. */
  uuid(): string;
  /** `length` characters of Kubernetes' safe alphabet (no vowels, nothing that looks like another). */
  suffix(length: number): string;
}

export const SAFE_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
