/**
 * How often a client may ask over HTTP/2 whether this side is there (gRPC: "Keepalive", `too_many_pings`): whoever
 * pings again too soon, several times running, is told to calm down and loses the connection. Pings that follow an
 * answer do not count, since clients measure their bandwidth by them.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { constants, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { Clock } from '@reckon/service';

export interface PingLimits {
  /** Two pings closer than this, with nothing else said to the client in between, are a strike. */
  readonly minIntervalMs: number;
  /** One more, and the connection ends. */
  readonly maxStrikes: number;
}

/** Half of what the cluster's own clients do, which ping every ten seconds, with calls or without. */
export const PING_LIMITS: PingLimits = { minIntervalMs: 5_000, maxStrikes: 2 };

const TOO_MANY_PINGS = Buffer.from('too_many_pings', 'ascii');
/** A frame's head and its eight bytes (RFC 9113, 6.7): what the answer to a ping takes. */
const PONG_BYTES = 17;
/** Node says of each stream that begins which session it is of, also where gRPC keeps the session to itself. */
const STREAMS = 'http2.server.stream.created';

export class PingPolicy {
  readonly #clock: Clock;
  readonly #limits: PingLimits;
  readonly #isOurs: (session: ServerHttp2Session) => boolean;
  readonly #known = new WeakSet<ServerHttp2Session>();
  readonly #listener = (message: unknown) => this.#streamOf(message);

  constructor(clock: Clock, limits: PingLimits, isOurs: (session: ServerHttp2Session) => boolean) {
    this.#clock = clock;
    this.#limits = limits;
    this.#isOurs = isOurs;
    subscribe(STREAMS, this.#listener);
  }

  stop(): void {
    unsubscribe(STREAMS, this.#listener);
  }

  #streamOf(message: unknown): void {
    const { session } = (message as { readonly stream: Pick<ServerHttp2Stream, 'session'> }).stream;
    if (!session || !isServerSession(session) || this.#known.has(session)) return;
    this.#known.add(session);
    if (this.#isOurs(session)) this.#watch(session);
  }

  #watch(session: ServerHttp2Session): void {
    let lastMs = Number.NEGATIVE_INFINITY;
    let writtenBytes = 0;
    let strikes = 0;
    session.on('ping', () => {
      const nowMs = this.#clock.monotonicMs();
      const saidMore = session.socket.bytesWritten - writtenBytes > PONG_BYTES;
      if (saidMore) strikes = 0;
      else if (nowMs - lastMs < this.#limits.minIntervalMs) strikes++;
      lastMs = nowMs;
      writtenBytes = session.socket.bytesWritten;
      if (strikes <= this.#limits.maxStrikes || session.destroyed) return;
      session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM, 0, TOO_MANY_PINGS);
      session.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM);
    });
  }
}

function isServerSession(session: object): session is ServerHttp2Session {
  return 'altsvc' in session;
}
