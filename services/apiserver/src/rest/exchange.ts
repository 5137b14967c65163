/**
 * One HTTP request and the way to answer it, whichever HTTP it came by. The REST door is written against this;
 * `http1.ts` and `http2.ts` are its two forms.
 */
import type { Duplex, Readable } from 'node:stream';
import type { User } from '../verbs/types.ts';

/** Header names and values alternating, as `ServerResponse.writeHead` takes them. */
export type HeaderList = readonly string[];

/** What a connection brings along, found out once per connection. */
export interface Peer {
  /** From a client certificate of the cluster's CA; undefined: none, or not one of ours. */
  readonly certificateUser: User | undefined;
  readonly address: string;
}

/** A body of unknown length. */
export interface ResponseStream {
  /**
   * False: more should wait for `drained`.
   *
   * @param written called once nobody looks at the chunk any more.
   */
  write(chunk: Uint8Array, written?: () => void): boolean;
  /** Resolves when the client has taken what was written, or is gone. */
  drained(): Promise<void>;
  end(): void;
  /** Breaks the connection (HTTP/2: resets the stream), so that what was sent cannot pass for a whole body. */
  destroy(): void;
}

/** A connection that the client wants to speak something else on. */
export interface Upgrade {
  readonly socket: Duplex;
  /** What came after the head already. */
  readonly head: Uint8Array;
  /** Names and values alternating, as sent. */
  readonly headers: HeaderList;
  /** Says that the socket belongs to somebody else now. */
  taken(): void;
}

export interface Exchange {
  /** Undefined unless the client asks to change protocols. */
  readonly upgrade?: Upgrade | undefined;
  readonly method: string;
  /** Path and query as sent. */
  readonly url: string;
  readonly peer: Peer;
  /** True once a head was sent. */
  readonly answered: boolean;
  /** True once the client cannot be answered any more. */
  readonly gone: boolean;
  /** Status code sent; 0 before. */
  readonly status: number;
  /** `name` in lower case. */
  header(name: string): string | undefined;
  headerNames(): Iterable<string>;
  /** The whole body; `RequestEntityTooLarge` beyond `limitBytes`, without waiting for the rest of it. */
  readBody(limitBytes: number): Promise<Uint8Array>;
  /** The body as it comes, of whatever length, for who passes it on; undefined if there is none. */
  bodyStream(): Readable | undefined;
  /** Head and body in one go. */
  respond(status: number, headers: HeaderList, body: Uint8Array | string): void;
  stream(status: number, headers: HeaderList): ResponseStream;
  /** Called once if the client goes away before the answer is complete. */
  onGone(listener: () => void): void;
}
