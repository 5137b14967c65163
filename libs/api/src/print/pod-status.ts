/** The columns READY, STATUS and RESTARTS of a pod: one word for the state of all its containers. */
import type { Container } from '@reckon/proto/reckon/api/core/v1/container.ts';
import type { Pod } from '@reckon/proto/reckon/api/core/v1/pod.ts';
import type {
  ContainerState,
  ContainerStateTerminated,
  ContainerStatus,
} from '@reckon/proto/reckon/api/core/v1/pod_status.ts';
import { isConditionTrue } from '../conditions/condition.ts';
import type { Frozen } from './types.ts';

export interface PodSummary {
  /** `Running`, `CrashLoopBackOff`, `Init:0/1`, `Terminating`… */
  readonly status: string;
  readonly readyContainers: number;
  readonly totalContainers: number;
  readonly restarts: number;
  /** When the last of them ended, in milliseconds since the epoch; undefined if nothing is known of it. */
  readonly lastRestartMs: number | undefined;
}

type Status = Frozen<ContainerStatus>;

interface Restarts {
  readonly count: number;
  readonly lastMs: number | undefined;
}

const NO_RESTARTS: Restarts = { count: 0, lastMs: undefined };

export function summarizePod(pod: Frozen<Pod>): PodSummary {
  const conditions = pod.status?.conditions ?? [];
  const sidecars = new Set(
    (pod.spec?.initContainers ?? []).filter(isSidecar).map((container) => container.name),
  );
  const total = (pod.spec?.containers?.length ?? 0) + sidecars.size;
  const init = summarizeInit(pod, sidecars);

  let status = phaseWord(pod);
  let ready = init.readySidecars;
  let restarts = init.all;
  if (init.blockedBy !== undefined) status = init.blockedBy;
  if (init.blockedBy === undefined || isConditionTrue(conditions, 'Initialized')) {
    const main = summarizeContainers(pod.status?.containerStatuses ?? []);
    restarts = addRestarts(init.sidecars, main.restarts);
    ready += main.ready;
    status = main.word ?? status;
    if (status === 'Completed' && main.running) {
      status = isConditionTrue(conditions, 'Ready') ? 'Running' : 'NotReady';
    }
  }
  return {
    status: deletionWord(pod) ?? status,
    readyContainers: ready,
    totalContainers: total,
    restarts: restarts.count,
    lastRestartMs: restarts.lastMs,
  };
}

function isSidecar(container: Frozen<Container>): boolean {
  return container.restartPolicy === 'Always';
}

/** Before any container says something: the phase, or why the pod is in it. */
function phaseWord(pod: Frozen<Pod>): string {
  const gated = pod.status?.conditions?.some(
    ({ type, reason }) => type === 'PodScheduled' && reason === 'SchedulingGated',
  );
  if (gated) return 'SchedulingGated';
  return pod.status?.reason || pod.status?.phase || '';
}

function deletionWord(pod: Frozen<Pod>): string | undefined {
  if (!pod.metadata?.deletionTimestamp) return undefined;
  if (pod.status?.reason === 'NodeLost') return 'Unknown';
  const phase = pod.status?.phase;
  return phase === 'Succeeded' || phase === 'Failed' ? undefined : 'Terminating';
}

interface InitSummary {
  /** The word of the first init container that is not done; undefined if all are. */
  readonly blockedBy: string | undefined;
  readonly readySidecars: number;
  readonly all: Restarts;
  readonly sidecars: Restarts;
}

function summarizeInit(pod: Frozen<Pod>, sidecars: ReadonlySet<string | undefined>): InitSummary {
  let all = NO_RESTARTS;
  let ofSidecars = NO_RESTARTS;
  let readySidecars = 0;
  for (const [index, container] of (pod.status?.initContainerStatuses ?? []).entries()) {
    const sidecar = sidecars.has(container.name);
    const restarts = restartsOf(container);
    all = addRestarts(all, restarts);
    if (sidecar) ofSidecars = addRestarts(ofSidecars, restarts);
    const { terminated, waiting } = container.state ?? {};
    if (terminated !== undefined && (terminated.exitCode ?? 0) === 0) continue;
    if (sidecar && container.started === true) {
      if (container.ready === true) readySidecars++;
      continue;
    }
    const total = pod.spec?.initContainers?.length ?? 0;
    const blockedBy =
      terminated !== undefined
        ? `Init:${terminatedWord(terminated)}`
        : waiting?.reason && waiting.reason !== 'PodInitializing'
          ? `Init:${waiting.reason}`
          : `Init:${index}/${total}`;
    return { blockedBy, readySidecars, all, sidecars: ofSidecars };
  }
  return { blockedBy: undefined, readySidecars, all, sidecars: ofSidecars };
}

interface MainSummary {
  /** Of the first container that has one. */
  readonly word: string | undefined;
  readonly running: boolean;
  readonly ready: number;
  readonly restarts: Restarts;
}

function summarizeContainers(statuses: readonly Status[]): MainSummary {
  let word: string | undefined;
  let ready = 0;
  let restarts = NO_RESTARTS;
  for (const container of statuses) {
    restarts = addRestarts(restarts, restartsOf(container));
    const own = stateWord(container.state);
    word ??= own;
    if (own === undefined && container.ready === true && container.state?.running !== undefined) ready++;
  }
  return { word, running: ready > 0, ready, restarts };
}

function stateWord(state: Frozen<ContainerState> | undefined): string | undefined {
  if (state?.waiting?.reason) return state.waiting.reason;
  return state?.terminated === undefined ? undefined : terminatedWord(state.terminated);
}

function terminatedWord(terminated: Frozen<ContainerStateTerminated>): string {
  if (terminated.reason) return terminated.reason;
  return terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode ?? 0}`;
}

function restartsOf(container: Status): Restarts {
  const ended = Date.parse(container.lastState?.terminated?.finishedAt ?? '');
  return { count: container.restartCount ?? 0, lastMs: Number.isNaN(ended) ? undefined : ended };
}

function addRestarts(a: Restarts, b: Restarts): Restarts {
  const lastMs = a.lastMs === undefined ? b.lastMs : Math.max(a.lastMs, b.lastMs ?? a.lastMs);
  return { count: a.count + b.count, lastMs };
}
