/** The rules by message; each file says what Kubernetes does where one value depends on others. */
import { deployment } from './deployment.ts';
import { namespace } from './namespace.ts';
import { nodeStatus } from './node.ts';
import { container, pod, volume } from './pod.ts';
import { service, servicePort } from './service.ts';
import type { Rule } from './types.ts';

export const RULES: Readonly<Record<string, Rule | undefined>> = {
  'reckon.api.core.v1.Container': container,
  'reckon.api.core.v1.EphemeralContainer': container,
  'reckon.api.core.v1.Volume': volume,
  'reckon.api.core.v1.Pod': pod,
  'reckon.api.core.v1.Service': service,
  'reckon.api.core.v1.ServicePort': servicePort,
  'reckon.api.core.v1.Namespace': namespace,
  'reckon.api.core.v1.NodeStatus': nodeStatus,
  'reckon.api.apps.v1.DeploymentStrategy': deployment,
};
