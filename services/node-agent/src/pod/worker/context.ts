import type { Runtime } from '@reckon/cri';
import type { Clock, Logger } from '@reckon/service';
import type { NodeApi } from '../../api/types.ts';
import type { EventRecorder } from '../../events/recorder.ts';
import type { PodHost } from '../../host/types.ts';
import type { Images } from '../../images/images.ts';
import type { PullSecrets } from '../../images/pull-secrets.ts';
import type { Hooks } from '../../lifecycle/hooks.ts';
import type { Prober } from '../../probes/types.ts';
import type { PodModel, StoredPod } from '../model.ts';
import type { NodeFacts, PodEvent } from '../types.ts';
import type { PodMemory } from './memory.ts';

/** What all pods of a node share. */
export interface PodDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly runtime: Runtime;
  readonly host: PodHost;
  readonly images: Images;
  readonly pullSecrets: PullSecrets;
  readonly hooks: Hooks;
  readonly prober: Prober;
  readonly api: Pick<NodeApi, 'patchPodStatus' | 'deletePod'>;
  readonly events: EventRecorder;
  readonly node: () => NodeFacts;
  /** Which pod a sandbox or container of the runtime belongs to: events name only ids. */
  readonly owners: Map<string, string>;
}

/** What an action may touch of the pod it works for. */
export interface PodContext {
  readonly deps: PodDeps;
  readonly memory: PodMemory;
  /** The newest there is. */
  readonly model: PodModel;
  tell(event: PodEvent): void;
  /** Something became known that may change the plan. */
  changed(): void;
  /** The API answered with a newer object. */
  learn(pod: StoredPod): void;
  /** Resolves once the API has the status that was planned last. */
  statusWritten(): Promise<void>;
}
