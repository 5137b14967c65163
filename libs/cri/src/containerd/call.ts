import { type Client, type ClientUnaryCall, Metadata, type ServiceError } from '@grpc/grpc-js';
import type { Clock } from '@reckon/service';
import { runtimeError } from './errors.ts';

/** One unary method of a generated service definition. */
export interface UnaryMethod<Req, Res> {
  readonly path: string;
  readonly requestSerialize: (request: Req) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => Res;
}

export interface CallOptions {
  /** Undefined: no limit. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Calls once; rejects with an `ApiError`. */
export function unary<Req, Res>(
  client: Client,
  clock: Clock,
  method: UnaryMethod<Req, Res>,
  request: Req,
  options: CallOptions = {},
): Promise<Res> {
  const { promise, resolve, reject } = Promise.withResolvers<Res>();
  const deadline = options.timeoutMs === undefined ? undefined : clock.nowMs() + options.timeoutMs;
  const onAbort = () => call.cancel();
  const done = (error: ServiceError | null, response?: Res) => {
    options.signal?.removeEventListener('abort', onAbort);
    if (error || response === undefined)
      reject(runtimeError(error ?? new Error('the runtime answered nothing')));
    else resolve(response);
  };
  const call: ClientUnaryCall = client.makeUnaryRequest(
    method.path,
    method.requestSerialize,
    method.responseDeserialize,
    request,
    new Metadata(),
    deadline === undefined ? {} : { deadline },
    done,
  );
  if (options.signal?.aborted) onAbort();
  else options.signal?.addEventListener('abort', onAbort, { once: true });
  return promise;
}
