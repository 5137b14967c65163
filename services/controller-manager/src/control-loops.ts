import {
  type ApiClient,
  type Controller,
  ControllerShell,
  type EventRecorder,
  type Projection,
} from '@reckon/client';
import type { Clock, Logger, Metrics, Random } from '@reckon/service';
import { aggregationController } from './aggregation/controller.ts';
import { certificateController } from './certificates/controller.ts';
import type { Signer } from './certificates/types.ts';
import { cronJobController } from './cronjob/controller.ts';
import { daemonSetController } from './daemonset/controller.ts';
import { deploymentController } from './deployment/controller.ts';
import { disruptionController } from './disruption/controller.ts';
import { endpointsController } from './endpoints/controller.ts';
import { taintEvictionController } from './eviction/controller.ts';
import { garbageCollector } from './garbage/controller.ts';
import { jobController } from './job/controller.ts';
import { jobUntracker } from './job/untrack.ts';
import { namespaceController } from './namespace/controller.ts';
import { nodeLifecycleController } from './node-lifecycle/controller.ts';
import { zoneController } from './node-lifecycle/zone-controller.ts';
import { podGcController } from './pod-gc/controller.ts';
import { terminatedPodController } from './pod-gc/terminated.ts';
import { replicaSetController } from './replicaset/controller.ts';
import { replicationController } from './replicationcontroller/controller.ts';
import { resourceQuotaController } from './resource-quota/controller.ts';
import { statefulSetController } from './statefulset/controller.ts';
import { claimProtectionController, volumeProtectionController } from './storage-protection/controller.ts';

const DEFAULT_TERMINATED_PODS = 12_500;

export interface ControlLoopsOptions {
  readonly projection: Projection;
  readonly api: ApiClient;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly random: Random;
  readonly log?: Logger | undefined;
  readonly metrics?: Metrics | undefined;
  /** Keys that each controller works on at the same time. */
  readonly workers: number;
  /** A node that is silent for longer is not ready. */
  readonly nodeGraceMs: number;
  /** How many pods that have ended may stay; 0: all. Default 12,500, as in Kubernetes. */
  readonly terminatedPods?: number | undefined;
  /** Signs certificate requests; without it nobody does. */
  readonly signer?: Signer | undefined;
}

export function allControllers({
  nodeGraceMs,
  signer,
  terminatedPods = DEFAULT_TERMINATED_PODS,
}: Pick<ControlLoopsOptions, 'nodeGraceMs' | 'signer' | 'terminatedPods'>): readonly Controller<
  unknown,
  unknown
>[] {
  return [
    deploymentController,
    replicaSetController,
    replicationController,
    statefulSetController,
    daemonSetController,
    cronJobController,
    jobController,
    jobUntracker,
    disruptionController,
    endpointsController,
    nodeLifecycleController({ graceMs: nodeGraceMs }),
    zoneController,
    taintEvictionController,
    podGcController,
    terminatedPodController(terminatedPods),
    garbageCollector,
    namespaceController,
    aggregationController,
    resourceQuotaController,
    claimProtectionController,
    volumeProtectionController,
    ...(signer ? [certificateController(signer)] : []),
  ];
}

/** Runs every controller over one projection, until the signal is aborted. */
export async function runControlLoops(options: ControlLoopsOptions, signal: AbortSignal): Promise<void> {
  await Promise.all(
    allControllers(options).map((controller) => new ControllerShell({ ...options, controller }).run(signal)),
  );
}
