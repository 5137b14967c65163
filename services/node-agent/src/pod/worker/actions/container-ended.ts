import { ApiError } from '@reckon/api';
import type { ContainerInstance } from '../../types.ts';
import type { PodContext } from '../context.ts';

export interface ReportedEnd {
  readonly exitCode: number;
  readonly atMs: number;
}

/**
 * Finds out how a container ended. The runtime's own status says most (reason, message), but it may lag behind the
 * report of the end: then the report is what is known. Last words are read before anybody sees the new state.
 */
export async function containerEnded(pod: PodContext, id: string, reported?: ReportedEnd): Promise<void> {
  const known = pod.memory.container(id);
  if (!known || known.state === 'exited') return;
  const ended = (await asRuntimeSays(pod, known)) ?? (reported && asReported(known, reported));
  if (!ended) return;
  const lastWords = await pod.deps.host.terminationMessage(pod.model, ended);
  const withWords = lastWords ? { ...ended, message: lastWords } : ended;
  const reason = pod.memory.outOfMemory.has(id) ? 'OOMKilled' : withWords.reason;
  if (pod.memory.container(id)?.state !== 'exited') pod.memory.putContainer({ ...withWords, reason });
}

async function asRuntimeSays(
  pod: PodContext,
  known: ContainerInstance,
): Promise<ContainerInstance | undefined> {
  try {
    const status = await pod.deps.runtime.containerStatus(known.id);
    if (status.state !== 'exited' && status.state !== 'unknown') return undefined;
    const { startedAtMs, finishedAtMs, exitCode, reason, message } = status;
    return { ...known, state: 'exited', startedAtMs, finishedAtMs, exitCode, reason, message };
  } catch (error) {
    if (error instanceof ApiError && error.reason === 'NotFound') return undefined;
    throw error;
  }
}

function asReported(known: ContainerInstance, { exitCode, atMs }: ReportedEnd): ContainerInstance {
  const reason = exitCode === 0 ? 'Completed' : 'Error';
  return { ...known, state: 'exited', finishedAtMs: atMs, exitCode, reason };
}
