import { connect, type NatsConnection } from '@nats-io/transport-node';
import { ApiError } from '@reckon/api';
import type { NatsOptions } from '../types.ts';

/** Pings twice unanswered mean that the server is gone, even if the connection says nothing. */
const PING_INTERVAL_MS = 2_000;

/** ServiceUnavailable if NATS cannot be reached. Does not reconnect by itself: whoever uses it starts over. */
export async function connectNats(options: NatsOptions): Promise<NatsConnection> {
  try {
    return await connect({
      servers: options.url.split(','),
      name: options.name,
      user: options.user,
      pass: options.password,
      ...(options.tls ? { tls: definedOnly(options.tls) } : {}),
      reconnect: false,
      pingInterval: PING_INTERVAL_MS,
      maxPingOut: 2,
      noEcho: true,
      timeout: 5_000,
    });
  } catch (error) {
    throw unavailable('cannot be reached', error);
  }
}

export function unavailable(what: string, cause?: unknown): ApiError {
  const detail = cause instanceof Error ? `: ${cause.message}` : '';
  return new ApiError(
    'ServiceUnavailable',
    `NATS ${what}${detail}`,
    {},
    cause === undefined ? {} : { cause },
  );
}

function definedOnly<T extends object>(object: T): Partial<T> {
  const entries = Object.entries(object).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<T>;
}
