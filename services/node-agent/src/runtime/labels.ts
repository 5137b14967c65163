/** What the agent notes on sandboxes and containers, so that another life of it finds its way. */

/** Labels, as the kubelet writes them: tools that look into a runtime know them. */
export const POD_NAME = 'io.kubernetes.pod.name';
export const POD_NAMESPACE = 'io.kubernetes.pod.namespace';
export const POD_UID = 'io.kubernetes.pod.uid';
export const CONTAINER_NAME = 'io.kubernetes.container.name';

/** Annotations. */
export const CONTAINER_HASH = 'io.kubernetes.container.hash';
export const RESTART_COUNT = 'io.kubernetes.container.restartCount';
export const GRACE_PERIOD_S = 'io.kubernetes.pod.terminationGracePeriod';
export const TERMINATION_MESSAGE_PATH = 'io.kubernetes.container.terminationMessagePath';
export const TERMINATION_MESSAGE_POLICY = 'io.kubernetes.container.terminationMessagePolicy';
/** How long the successor of this container waits if it fails, in milliseconds. */
export const BACKOFF_MS = 'reckon.dev/restart-backoff-ms';

/** The part of a sandbox's or container's labels that says whose it is. */
export function podLabels(pod: { readonly name: string; readonly namespace: string; readonly uid: string }) {
  return { [POD_NAME]: pod.name, [POD_NAMESPACE]: pod.namespace, [POD_UID]: pod.uid };
}
