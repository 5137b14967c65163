/** Times as Kubernetes writes them, from milliseconds since the epoch. */

/** `metav1.Time`: whole seconds, `2026-01-02T15:04:05Z`. */
export function rfc3339(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** `metav1.MicroTime`: `2026-01-02T15:04:05.000000Z`. */
export function rfc3339Micro(ms: number): string {
  // Rounded: a microsecond has no exact fraction of a millisecond, and must come back as it went in.
  const micros = Math.round(ms * 1_000);
  const date = new Date(Math.floor(micros / 1_000)).toISOString();
  const rest = ((micros % 1_000) + 1_000) % 1_000;
  return `${date.slice(0, 23)}${String(rest).padStart(3, '0')}Z`;
}
