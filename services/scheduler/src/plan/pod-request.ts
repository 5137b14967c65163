import {
  compileNodeTerm,
  controllerOf,
  type Labels,
  type NodeTerm,
  parseImageName,
  selectionOfLabels,
} from '@reckon/api';
import type { Frozen, Stored } from '@reckon/client';
import type { Container } from '@reckon/proto/reckon/api/core/v1/container.ts';
import type { Pod, PodSpec } from '@reckon/proto/reckon/api/core/v1/pod.ts';
import type { NodeSelectorTerm } from '@reckon/proto/reckon/api/core/v1/selector.ts';
import { amountsOf, maxOf, NOTHING, sumOf } from './amounts.ts';
import { podRulesOf } from './pod-rules.ts';
import type { Amounts, HostPort, Placement, PodRequest, WeightedNodeTerm } from './types.ts';

const NO_LABELS: Labels = {};
const parsed = new WeakMap<object, PodRequest>();
const placements = new Map<string, Placement>();
/** Beyond so many different placements the cache is begun anew. */
const MAX_PLACEMENTS = 4_096;

/** What scheduling must know of a pod; made once for each revision. */
export function podRequestOf(pod: Stored<Pod>): PodRequest {
  let request = parsed.get(pod);
  if (!request) {
    request = parse(pod);
    parsed.set(pod, request);
  }
  return request;
}

function parse(pod: Stored<Pod>): PodRequest {
  const spec = pod.spec ?? {};
  const requests = requestsOf(spec);
  const { namespace = '', labels = NO_LABELS } = pod.metadata;
  return {
    namespace,
    name: pod.metadata.name,
    uid: pod.metadata.uid,
    labels,
    requests,
    requestsId: JSON.stringify([...requests].sort(byFirst)),
    placement: placementOf(spec),
    rules: podRulesOf(spec, { namespace, labels }),
    images: imagesOf(spec),
    ownerUid: controllerOf(pod)?.uid ?? '',
    priority: spec.priority ?? 0,
    mayPreempt: spec.preemptionPolicy !== 'Never',
    createdAtMs: Date.parse(pod.metadata.creationTimestamp),
    startedAtMs: pod.status?.startTime ? Date.parse(pod.status.startTime) : Number.POSITIVE_INFINITY,
    going: pod.metadata.deletionTimestamp !== undefined,
  };
}

/**
 * What the pod takes of a node: its containers and sidecars together, or, if that is more, what the hungriest init
 * container needs beside the sidecars that run by then; plus the overhead (KEP-753, sidecar containers).
 */
export function requestsOf(spec: Frozen<PodSpec>): Amounts {
  let running = NOTHING;
  let starting = NOTHING;
  for (const container of spec.initContainers ?? []) {
    const own = containerRequests(container);
    if (container.restartPolicy === 'Always') {
      running = sumOf(running, own);
      starting = maxOf(starting, running);
    } else {
      starting = maxOf(starting, sumOf(running, own));
    }
  }
  for (const container of spec.containers ?? []) running = sumOf(running, containerRequests(container));
  return sumOf(maxOf(running, starting), amountsOf(spec.overhead));
}

const fullNames = new Map<string, string>();
/** Beyond so many different images the cache is begun anew. */
const MAX_NAMES = 4_096;

function imagesOf({ initContainers = [], containers = [] }: Frozen<PodSpec>): readonly string[] {
  return [...new Set([...initContainers, ...containers].map(({ image = '' }) => fullNameOf(image)))];
}

/** What is no image's name is left as it is: no node has it. */
function fullNameOf(image: string): string {
  let full = fullNames.get(image);
  if (full === undefined) {
    const name = parseImageName(image);
    full = name.problem === undefined ? name.full : image;
    if (fullNames.size >= MAX_NAMES) fullNames.clear();
    fullNames.set(image, full);
  }
  return full;
}

function containerRequests({ resources }: Frozen<Container>): Amounts {
  return amountsOf(resources?.requests);
}

/** Pods of one template have one placement, so that a pass judges each node once for all of them. */
function placementOf(spec: Frozen<PodSpec>): Placement {
  const { nodeSelector, tolerations } = spec;
  const nodeAffinity = spec.affinity?.nodeAffinity;
  const hostPorts = hostPortsOf(spec);
  const id = JSON.stringify([nodeSelector, nodeAffinity, tolerations, hostPorts]);
  let placement = placements.get(id);
  if (!placement) {
    const required = nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
    const preferred = nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    placement = {
      id,
      nodeSelector: selectionOfLabels(nodeSelector),
      requiredTerms: required && (required.nodeSelectorTerms ?? []).flatMap(termOf),
      preferredTerms: preferred.flatMap(({ weight = 1, preference = {} }): WeightedNodeTerm[] =>
        termOf(preference).map((term) => ({ ...term, weight })),
      ),
      tolerations: tolerations ?? [],
      hostPorts,
    };
    if (placements.size >= MAX_PLACEMENTS) placements.clear();
    placements.set(id, placement);
  }
  return placement;
}

export function hostPortsOf(spec: Frozen<PodSpec>): readonly HostPort[] {
  const ports: HostPort[] = [];
  for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) {
    for (const { hostPort, hostIP, protocol } of container.ports ?? []) {
      if (hostPort) ports.push({ protocol: protocol || 'TCP', ip: hostIP || '0.0.0.0', port: hostPort });
    }
  }
  return ports;
}

function termOf(form: Frozen<NodeSelectorTerm>): readonly NodeTerm[] {
  const term = compileNodeTerm(form);
  return term ? [term] : [];
}

function byFirst([a]: readonly [string, number], [b]: readonly [string, number]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
