import { ApiError } from '@reckon/api';
import type { Frozen } from '@reckon/client';
import type { Runtime } from '@reckon/cri';
import type { Probe } from '@reckon/proto/reckon/api/core/v1/container.ts';
import type { Clock } from '@reckon/service';
import { goDuration } from '../pod/go-duration.ts';
import { resolvePort } from '../pod/ports.ts';
import { askGrpc } from './grpc.ts';
import { askHttp } from './http.ts';
import { askTcp } from './tcp.ts';
import type { ProbeTarget } from './types.ts';

export type ProbeAnswer =
  /** With what people should know all the same. */
  | { readonly result: 'success'; readonly warning?: string }
  | { readonly result: 'failure'; readonly message: string }
  /** It could not be asked: says nothing about the container. */
  | { readonly result: 'error'; readonly message: string };

/** Asks a probe once. Never rejects. */
export type AskProbe = (probe: Frozen<Probe>, target: ProbeTarget, timeoutMs: number) => Promise<ProbeAnswer>;

const MAX_OUTPUT_CHARS = 10 * 1024;

export function probeAsker(options: { readonly runtime: Runtime; readonly clock: Clock }): AskProbe {
  const { runtime, clock } = options;
  return async (probe, target, timeoutMs) => {
    try {
      if (probe.exec) return await askExec(runtime, target, probe.exec.command ?? [], timeoutMs);
      const within = deadline(clock, timeoutMs);
      try {
        if (probe.httpGet) {
          const port = resolvePort(probe.httpGet.port, target.container);
          return await askHttp({ action: probe.httpGet, defaultHost: target.podIp, port }, within.signal);
        }
        if (probe.tcpSocket) {
          const port = resolvePort(probe.tcpSocket.port, target.container);
          return await askTcp({ host: probe.tcpSocket.host || target.podIp, port }, within.signal);
        }
        if (probe.grpc) {
          const { port = 0, service = '' } = probe.grpc;
          return await askGrpc({ host: target.podIp, port, service }, within.signal);
        }
      } finally {
        within.cancel();
      }
      return { result: 'error', message: 'missing probe handler' };
    } catch (cause) {
      return { result: 'error', message: ApiError.from(cause).message };
    }
  };
}

async function askExec(
  runtime: Runtime,
  { containerId }: ProbeTarget,
  command: readonly string[],
  timeoutMs: number,
): Promise<ProbeAnswer> {
  try {
    const { exitCode, stdout, stderr } = await runtime.execSync(containerId, command, timeoutMs / 1_000);
    if (exitCode === 0) return { result: 'success' };
    const message = Buffer.concat([stdout, stderr]).toString().slice(0, MAX_OUTPUT_CHARS);
    return { result: 'failure', message };
  } catch (error) {
    if (!(error instanceof ApiError && error.reason === 'Timeout')) throw error;
    const words = command.map((word) => JSON.stringify(word)).join(' ');
    return {
      result: 'failure',
      message: `command timed out: ${words} timed out after ${goDuration(timeoutMs)}`,
    };
  }
}

function deadline(
  clock: Clock,
  timeoutMs: number,
): { readonly signal: AbortSignal; readonly cancel: () => void } {
  const controller = new AbortController();
  const cancel = clock.after(timeoutMs, () =>
    controller.abort(new ApiError('Timeout', 'the probe timed out')),
  );
  return { signal: controller.signal, cancel };
}
