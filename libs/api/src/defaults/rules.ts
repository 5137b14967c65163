/** The rules by message; each file says what Kubernetes does where one value depends on others. */
import { autoscalerBehavior, autoscalerSpec } from './autoscaler.ts';
import { deployment } from './deployment.ts';
import { job } from './job.ts';
import { limitRangeItem } from './limit-range.ts';
import { namespace } from './namespace.ts';
import { networkPolicySpec } from './network-policy.ts';
import { nodeStatus } from './node.ts';
import { container, pod, volume } from './pod.ts';
import { subject } from './rbac.ts';
import { service, servicePort } from './service.ts';
import type { Rule } from './types.ts';
import {
  daemonSetStrategy,
  replicationController,
  statefulSetSpec,
  statefulSetStrategy,
} from './workloads.ts';

export const RULES: Readonly<Record<string, Rule | undefined>> = {
  'reckon.api.core.v1.Container': container,
  'reckon.api.core.v1.EphemeralContainer': container,
  'reckon.api.core.v1.Volume': volume,
  'reckon.api.core.v1.Pod': pod,
  'reckon.api.core.v1.Service': service,
  'reckon.api.core.v1.ServicePort': servicePort,
  'reckon.api.core.v1.Namespace': namespace,
  'reckon.api.core.v1.NodeStatus': nodeStatus,
  'reckon.api.core.v1.LimitRangeItem': limitRangeItem,
  'reckon.api.core.v1.ReplicationController': replicationController,
  'reckon.api.apps.v1.DaemonSetUpdateStrategy': daemonSetStrategy,
  'reckon.api.apps.v1.DeploymentStrategy': deployment,
  'reckon.api.apps.v1.StatefulSetSpec': statefulSetSpec,
  'reckon.api.apps.v1.StatefulSetUpdateStrategy': statefulSetStrategy,
  'reckon.api.autoscaling.v2.HorizontalPodAutoscalerBehavior': autoscalerBehavior,
  'reckon.api.autoscaling.v2.HorizontalPodAutoscalerSpec': autoscalerSpec,
  'reckon.api.batch.v1.Job': job,
  'reckon.api.networking.v1.NetworkPolicySpec': networkPolicySpec,
  'reckon.api.rbac.v1.Subject': subject,
};
