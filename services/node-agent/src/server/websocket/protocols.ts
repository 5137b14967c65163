/**
 * What a WebSocket client offers that the container runtime does not speak: version 5 of the channel protocol, which
 * can end the input (KEP-4006), and port forwarding whose SPDY travels in messages (KEP-4006, "portforward").
 */
export const CHANNELS_V5 = 'v5.channel.k8s.io';
export const TUNNELED_PORT_FORWARD = 'SPDY/3.1+portforward.k8s.io';

export type Translation = typeof CHANNELS_V5 | typeof TUNNELED_PORT_FORWARD;

/** Undefined: the runtime is to answer the client itself. */
export function translationOf(kind: 'exec' | 'attach' | 'portForward', offered: string | undefined) {
  const names = (offered ?? '').split(',').map((name) => name.trim());
  const wanted = kind === 'portForward' ? TUNNELED_PORT_FORWARD : CHANNELS_V5;
  return names.includes(wanted) ? wanted : undefined;
}
