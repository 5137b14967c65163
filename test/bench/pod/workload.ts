import type { ObjectName } from '@reckon/client';
import { busyboxPod, sh } from '../../e2e/support/objects.ts';

/** What runs in a measured pod: it ends when it is asked to, or has to be killed. */
export type Behaviour = 'obeys' | 'ignores';

const SCRIPTS = {
  obeys: 'trap "exit 0" TERM; sleep 3600 & wait',
  ignores: 'trap "" TERM; while :; do sleep 3600; done',
} as const satisfies Record<Behaviour, string>;

export const GRACE_S = 1;

export function commandOf(behaviour: Behaviour): readonly string[] {
  return sh(SCRIPTS[behaviour]);
}

/** One container of an image that is there, with the default ServiceAccount and its token, as nearly all pods are. */
export function benchPod(target: ObjectName, behaviour: Behaviour): object {
  const pod = busyboxPod({
    name: target.name,
    command: commandOf(behaviour),
    spec: { terminationGracePeriodSeconds: GRACE_S },
  });
  return { ...pod, metadata: target };
}
