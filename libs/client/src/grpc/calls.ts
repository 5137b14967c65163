import type { Client, ClientReadableStream, Metadata, MethodDefinition } from '@grpc/grpc-js';
import { ApiError } from '@reckon/api/errors/api-error.ts';
import type { Clock } from '@reckon/service/clock.ts';
import { apiErrorOf } from './errors.ts';

export interface CallSettings {
  readonly client: Client;
  readonly clock: Clock;
  /** `authorization` for callers without a certificate. */
  readonly token?: (() => string | Promise<string>) | undefined;
  /** Told of a token that was answered with Unauthorized. */
  readonly refused?: ((token: string) => void) | undefined;
}

export interface CallLimits {
  readonly signal?: AbortSignal | undefined;
  /** Undefined: none, for what streams without an end. */
  readonly timeoutMs: number | undefined;
}

/** One request, one answer. Rejects with an ApiError, or with the signal's reason once that is aborted. */
export async function unary<Request, Response>(
  settings: CallSettings,
  method: MethodDefinition<Request, Response>,
  call: { readonly request: Request; readonly metadata: Metadata } & CallLimits,
): Promise<Response> {
  const { request, metadata, signal } = call;
  signal?.throwIfAborted();
  const deadline = deadlineOf(settings, call);
  const token = await authorize(settings, metadata, call);
  return new Promise((resolve, reject) => {
    const { client } = settings;
    const { path, requestSerialize, responseDeserialize } = method;
    const onAbort = () => running.cancel();
    const running = client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      metadata,
      { deadline },
      (error, response) => {
        signal?.removeEventListener('abort', onAbort);
        if (signal?.aborted && error) reject(signal.reason);
        else if (error) reject(failure(settings, error, token));
        else if (response === undefined) reject(apiErrorOf(new Error('no answer')));
        else resolve(response);
      },
    );
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** One request, many answers, no faster than they are taken. Ends quietly once the signal is aborted. */
export async function* streaming<Request, Response>(
  settings: CallSettings,
  method: MethodDefinition<Request, Response>,
  call: { readonly request: Request; readonly metadata: Metadata } & CallLimits,
): AsyncGenerator<Response> {
  const { request, metadata, signal } = call;
  if (signal?.aborted) return;
  const deadline = deadlineOf(settings, call);
  let token: string | undefined;
  try {
    token = await authorize(settings, metadata, call);
  } catch (error) {
    if (signal?.aborted) return;
    throw error;
  }
  const { path, requestSerialize, responseDeserialize } = method;
  const stream: ClientReadableStream<Response> = settings.client.makeServerStreamRequest(
    path,
    requestSerialize,
    responseDeserialize,
    request,
    metadata,
    { deadline },
  );
  const onAbort = () => stream.cancel();
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    for await (const response of stream) {
      yield response;
      if (signal?.aborted) return;
    }
  } catch (error) {
    if (!signal?.aborted) throw failure(settings, error, token);
  } finally {
    signal?.removeEventListener('abort', onAbort);
    stream.cancel();
  }
}

/** Whoever has the token may be slow: the caller's limits hold for that, too. @returns the token, if there is one. */
async function authorize(
  settings: CallSettings,
  metadata: Metadata,
  limits: CallLimits,
): Promise<string | undefined> {
  const asked = settings.token?.();
  if (asked === undefined) return undefined;
  const token = typeof asked === 'string' ? asked : await within(asked, settings, limits);
  metadata.set('authorization', `Bearer ${token}`);
  return token;
}

function within<T>(work: Promise<T>, { clock }: CallSettings, { signal, timeoutMs }: CallLimits): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    const cancel =
      timeoutMs === undefined
        ? () => undefined
        : clock.after(timeoutMs, () =>
            reject(new ApiError('Timeout', `there was no token within ${timeoutMs} ms`)),
          );
    work.then(resolve, reject).finally(() => {
      cancel();
      signal?.removeEventListener('abort', onAbort);
    });
  });
}

function failure({ refused }: CallSettings, error: unknown, token: string | undefined): ApiError {
  const known = apiErrorOf(error);
  if (known.reason === 'Unauthorized' && token !== undefined) refused?.(token);
  return known;
}

function deadlineOf({ clock }: CallSettings, { timeoutMs }: CallLimits): number {
  return timeoutMs === undefined ? Number.POSITIVE_INFINITY : clock.nowMs() + timeoutMs;
}
