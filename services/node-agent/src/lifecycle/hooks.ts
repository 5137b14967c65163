import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { ApiError } from '@reckon/api';
import type { Frozen } from '@reckon/client';
import type { Runtime } from '@reckon/cri';
import type { LifecycleHandler } from '@reckon/proto/reckon/api/core/v1/container.ts';
import type { Clock } from '@reckon/service';
import type { ContainerModel, PodModel } from '../pod/model.ts';
import { resolvePort } from '../pod/ports.ts';

type HttpGet = NonNullable<Frozen<LifecycleHandler>['httpGet']>;

export interface HookTarget {
  readonly pod: PodModel;
  readonly container: ContainerModel;
  readonly containerId: string;
  readonly podIp: string | undefined;
  /** Undefined: no limit. */
  readonly timeoutMs?: number | undefined;
}

/** Runs postStart and preStop handlers. */
export interface Hooks {
  /** Resolves with what went wrong; undefined if nothing did. */
  run(handler: Frozen<LifecycleHandler>, target: HookTarget): Promise<string | undefined>;
}

export class RuntimeHooks implements Hooks {
  readonly #runtime: Runtime;
  readonly #clock: Clock;

  constructor(options: { readonly runtime: Runtime; readonly clock: Clock }) {
    this.#runtime = options.runtime;
    this.#clock = options.clock;
  }

  async run(handler: Frozen<LifecycleHandler>, target: HookTarget): Promise<string | undefined> {
    try {
      if (handler.exec) return await this.#exec(handler.exec.command ?? [], target);
      if (handler.httpGet) return await this.#get(handler.httpGet, target);
      if (handler.sleep) await this.#sleep(handler.sleep.seconds ?? 0, target);
      return undefined;
    } catch (error) {
      return ApiError.from(error).message;
    }
  }

  async #exec(command: readonly string[], target: HookTarget): Promise<string | undefined> {
    const timeoutS = Math.ceil((target.timeoutMs ?? 0) / 1_000);
    const result = await this.#runtime.execSync(target.containerId, command, timeoutS);
    if (result.exitCode === 0) return undefined;
    const output = Buffer.concat([result.stdout, result.stderr]).toString().slice(0, 1024);
    return `command '${command.join(' ')}' exited with ${result.exitCode}: ${output}`;
  }

  async #get(action: HttpGet, target: HookTarget): Promise<string | undefined> {
    const giveUp = new AbortController();
    const { timeoutMs } = target;
    const late = new ApiError('Timeout', `no answer within ${timeoutMs} ms`);
    const cancel =
      timeoutMs === undefined ? () => {} : this.#clock.after(timeoutMs, () => giveUp.abort(late));
    try {
      return await get(action, target, giveUp.signal);
    } finally {
      cancel();
    }
  }

  async #sleep(seconds: number, { timeoutMs }: HookTarget): Promise<void> {
    await this.#clock.sleep(Math.min(seconds * 1_000, timeoutMs ?? Number.POSITIVE_INFINITY));
  }
}

/** Any answer that is no error counts, whoever gives it: certificates are not checked (as the kubelet does). */
function get(
  action: HttpGet,
  { container, podIp }: HookTarget,
  signal: AbortSignal,
): Promise<string | undefined> {
  const isHttps = action.scheme?.toUpperCase() === 'HTTPS';
  const headers: Record<string, string> = { 'user-agent': 'kube-lifecycle/1.32', accept: '*/*' };
  for (const { name, value } of action.httpHeaders ?? []) if (name) headers[name.toLowerCase()] = value ?? '';
  const options = {
    host: action.host || podIp,
    port: resolvePort(action.port, container),
    path: action.path || '/',
    headers,
    rejectUnauthorized: false,
    signal,
  };
  return new Promise((resolve, reject) => {
    const request = (isHttps ? httpsRequest : httpRequest)(options, (response) => {
      response.resume();
      const status = response.statusCode ?? 0;
      resolve(status >= 400 ? `HTTP status ${status}` : undefined);
    });
    request.once('error', reject);
    request.end();
  });
}
