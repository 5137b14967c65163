import type { Client, ClientReadableStream, Metadata, MethodDefinition } from '@grpc/grpc-js';
import type { Clock } from '@reckon/service/clock.ts';
import { apiErrorOf } from './errors.ts';

export interface CallSettings {
  readonly client: Client;
  readonly clock: Clock;
  /** `authorization` for callers without a certificate. */
  readonly token?: (() => string | Promise<string>) | undefined;
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
  await authorize(settings, metadata);
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
      { deadline: deadlineOf(settings, call) },
      (error, response) => {
        signal?.removeEventListener('abort', onAbort);
        if (signal?.aborted && error) reject(signal.reason);
        else if (error) reject(apiErrorOf(error));
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
  await authorize(settings, metadata);
  const { path, requestSerialize, responseDeserialize } = method;
  const stream: ClientReadableStream<Response> = settings.client.makeServerStreamRequest(
    path,
    requestSerialize,
    responseDeserialize,
    request,
    metadata,
    { deadline: deadlineOf(settings, call) },
  );
  const onAbort = () => stream.cancel();
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    for await (const response of stream) {
      yield response;
      if (signal?.aborted) return;
    }
  } catch (error) {
    if (!signal?.aborted) throw apiErrorOf(error);
  } finally {
    signal?.removeEventListener('abort', onAbort);
    stream.cancel();
  }
}

async function authorize({ token }: CallSettings, metadata: Metadata): Promise<void> {
  if (token) metadata.set('authorization', `Bearer ${await token()}`);
}

function deadlineOf({ clock }: CallSettings, { timeoutMs }: CallLimits): number {
  return timeoutMs === undefined ? Number.POSITIVE_INFINITY : clock.nowMs() + timeoutMs;
}
