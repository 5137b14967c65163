import type { Container } from '@reckon/proto/reckon/api/core/v1/container.ts';
import type { PodSpec } from '@reckon/proto/reckon/api/core/v1/pod.ts';
import type { Cause } from '../../errors/api-error.ts';
import { duplicate, forbidden, notSupported, required } from '../causes.ts';
import type { Frozen } from '../types.ts';
import { checkEnv, checkEnvFrom } from './environment.ts';
import { checkMounts } from './mounts.ts';
import { checkLifecycle, checkProbe } from './probes.ts';
import { checkResources } from './resources.ts';
import { checkSecurityContext } from './security.ts';

const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const;

export function checkContainers(spec: Frozen<PodSpec>, path: string, causes: Cause[]): void {
  const volumes = new Set((spec.volumes ?? []).map(({ name = '' }) => name));
  const grace = spec.terminationGracePeriodSeconds;
  const hostPorts = new Set<string>();
  for (const [index, container] of (spec.containers ?? []).entries()) {
    const here = `${path}.containers[${index}]`;
    checkContainer(container, volumes, here, causes);
    checkLifecycle(container.lifecycle, grace, `${here}.lifecycle`, causes);
    for (const probe of PROBES) checkProbe(probe, container[probe], `${here}.${probe}`, causes);
    if (container.restartPolicy) {
      causes.push(forbidden(`${here}.restartPolicy`, 'may not be set for non-init containers'));
    }
    checkHostPorts(container, hostPorts, here, causes);
  }
  checkInitContainers(spec, volumes, path, causes);
}

/** They run one after the other, before the others; those that are always restarted (sidecars) run beside them. */
function checkInitContainers(
  spec: Frozen<PodSpec>,
  volumes: ReadonlySet<string>,
  path: string,
  causes: Cause[],
): void {
  const names = new Set((spec.containers ?? []).map(({ name }) => name));
  for (const [index, container] of (spec.initContainers ?? []).entries()) {
    const here = `${path}.initContainers[${index}]`;
    checkContainer(container, volumes, here, causes);
    const { restartPolicy, name } = container;
    if (restartPolicy && restartPolicy !== 'Always') {
      causes.push(notSupported(`${here}.restartPolicy`, restartPolicy, ['Always']));
    }
    // Two init containers of one name are told by the schema's own validation.
    if (name && names.has(name)) causes.push(duplicate(`${here}.name`, name));
    checkHostPorts(container, new Set(), here, causes);
    if (restartPolicy === 'Always') {
      checkLifecycle(container.lifecycle, spec.terminationGracePeriodSeconds, `${here}.lifecycle`, causes);
      for (const probe of PROBES) checkProbe(probe, container[probe], `${here}.${probe}`, causes);
      continue;
    }
    for (const field of ['lifecycle', ...PROBES] as const) {
      if (container[field] === undefined) continue;
      causes.push(
        forbidden(`${here}.${field}`, 'may not be set for init containers without restartPolicy=Always'),
      );
    }
  }
}

/** What holds for containers of every kind. */
export function checkContainer(
  container: Omit<Frozen<Container>, 'name'>,
  volumes: ReadonlySet<string>,
  path: string,
  causes: Cause[],
): void {
  if (!container.image) causes.push(required(`${path}.image`));
  checkPortNames(container, path, causes);
  checkEnv(container.env, `${path}.env`, causes);
  checkEnvFrom(container.envFrom, `${path}.envFrom`, causes);
  checkMounts(container, volumes, `${path}.volumeMounts`, causes);
  checkResources(container.resources, `${path}.resources`, causes);
  checkSecurityContext(container.securityContext, `${path}.securityContext`, causes);
}

function checkPortNames(container: Frozen<Container>, path: string, causes: Cause[]): void {
  const names = new Set<string>();
  for (const [index, { name = '' }] of (container.ports ?? []).entries()) {
    if (name !== '' && names.has(name)) causes.push(duplicate(`${path}.ports[${index}].name`, name));
    names.add(name);
  }
}

/** A port of the host can be had once. */
function checkHostPorts(
  container: Frozen<Container>,
  taken: Set<string>,
  path: string,
  causes: Cause[],
): void {
  for (const [index, { hostPort, protocol = 'TCP', hostIP = '' }] of (container.ports ?? []).entries()) {
    if (!hostPort) continue;
    const port = `${protocol}/${hostIP}/${hostPort}`;
    if (taken.has(port)) causes.push(duplicate(`${path}.ports[${index}].hostPort`, port));
    taken.add(port);
  }
}
