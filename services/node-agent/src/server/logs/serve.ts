import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError } from '@reckon/api';
import type { Clock } from '@reckon/service';
import { findContainer } from '../find.ts';
import type { PodDirectory } from '../types.ts';
import { logOptions } from './options.ts';
import { type LogFile, readLog } from './read-log.ts';

export interface LogRequest {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly query: URLSearchParams;
  readonly clock: Clock;
}

/** What a runtime takes at most to write a line that it has read. */
const SETTLE_MS = 100;

/** Answers /containerLogs as text, as it is written. */
export async function serveLogs(
  pods: PodDirectory,
  request: LogRequest,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const options = logOptions(request.query, request.clock.nowMs());
  const file = logFile(pods, request, options.previous);
  const abort = new AbortController();
  message.once('close', () => abort.abort());
  response.once('close', () => abort.abort());
  response.writeHead(200, { 'content-type': 'text/plain', 'transfer-encoding': 'chunked' });
  response.flushHeaders();
  if (file) {
    for await (const part of readLog(file, options, abort.signal)) {
      if (!response.write(part)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
      if (abort.signal.aborted) break;
    }
  }
  response.end();
}

/** Undefined: it ran, but wrote nothing that is still there. */
function logFile(pods: PodDirectory, request: LogRequest, previous: boolean): LogFile | undefined {
  const { pod: podName, container: name, clock } = request;
  const settle = () => clock.sleep(SETTLE_MS);
  const { container } = findContainer(pods, request);
  if (previous) {
    if (!container.previous) {
      throw new ApiError(
        'BadRequest',
        `previous terminated container "${name}" in pod "${podName}" not found`,
      );
    }
    const path = container.previous.logPath;
    return path === undefined ? undefined : { path, onEnd: hasEnded, settle };
  }
  const { id, logPath } = container;
  if (id === undefined) {
    const reason = container.waitingReason ?? 'ContainerCreating';
    throw new ApiError(
      'BadRequest',
      `container "${name}" in pod "${podName}" is waiting to start: ${reason}`,
    );
  }
  return logPath === undefined
    ? undefined
    : { path: logPath, onEnd: (listener) => pods.onContainerEnd(id, listener), settle };
}

function hasEnded(listener: () => void): () => void {
  queueMicrotask(listener);
  return () => undefined;
}
