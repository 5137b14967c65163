import { ApiError } from '@reckon/api';
import type { Clock } from '@reckon/service';
import type { DoorContext } from '../doors/context.ts';
import type { WatchStream } from '../verbs/types.ts';
import type { Exchange, HeaderList, ResponseStream } from './exchange.ts';
import type { WatchEncoder } from './watch-encoding.ts';

export interface WatchAnswer {
  readonly exchange: Pick<Exchange, 'stream'>;
  readonly context: DoorContext;
  readonly headers: HeaderList;
  readonly encoder: WatchEncoder;
  readonly clock: Clock;
  /** The watch ends by itself after so long, and the client resumes: that spreads watches over apiservers. */
  readonly timeoutMs: number;
  readonly sent: (events: number) => void;
}

/** A batch of so many events is not news but what a watch has to catch up with: others go first. */
export const CATCHING_UP = 64;
const MS_AN_EVENT = 0.005;

/** A client that takes nothing for so long is not slow but stuck. */
const UNREAD_MS = 120_000;

/** The reason that ends a watch without anything being wrong. */
class WatchOver extends ApiError {
  constructor() {
    super('Timeout', 'the watch has run for as long as it was asked to');
  }
}

/**
 * Sends a watch until it is over. Nothing is read from the stream while the client does not take what was written, so
 * that the verbs see a slow reader and can cut it off.
 */
export async function sendWatch(stream: WatchStream, answer: WatchAnswer): Promise<void> {
  const { exchange, context, encoder } = answer;
  const out = exchange.stream(200, answer.headers);
  const cancel = answer.clock.after(answer.timeoutMs, () => context.abort(new WatchOver()));
  try {
    for await (const batch of stream) {
      if (context.aborted) break;
      if (batch.length === 0) continue;
      if (batch.length >= CATCHING_UP) await context.turn(batch.length * MS_AN_EVENT);
      const taken = out.write(encoder.events(batch));
      answer.sent(batch.length);
      if (!taken) await takenInTime(out, answer);
    }
  } catch (thrown) {
    if (!context.aborted) out.write(encoder.error(ApiError.from(thrown)));
  } finally {
    cancel();
    out.end();
    // What waits for the client is held for as long again, so that he who reads after all learns why.
    const cut = answer.clock.after(UNREAD_MS, () => out.destroy());
    void out.drained().then(cut);
  }
}

/** Resolves when the client has taken what was written, or the watch is over; rejects if he takes nothing for long. */
function takenInTime(out: ResponseStream, { clock, context }: WatchAnswer): Promise<void> {
  const { signal } = context;
  return new Promise((resolve, reject) => {
    const stop = clock.after(UNREAD_MS, () => {
      signal.removeEventListener('abort', done);
      reject(unread());
    });
    const done = () => {
      stop();
      signal.removeEventListener('abort', done);
      resolve();
    };
    signal.addEventListener('abort', done, { once: true });
    void out.drained().then(done);
  });
}

function unread(): ApiError {
  const why = `nothing of the watch was read for ${UNREAD_MS / 1_000} s: begin again after the last change`;
  return new ApiError('TooManyRequests', why, { retryAfterSeconds: 1 });
}
