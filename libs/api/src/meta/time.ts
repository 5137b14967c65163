/** Times as Kubernetes writes them, from milliseconds since the epoch. */

/** `metav1.Time`: whole seconds, `2026-01-02T15:04:05Z`. */
export function rfc3339(ms: number): string {
  const second = Math.floor(ms / 1_000);
  // Every write asks for the present second, some of them three times.
  if (second !== latest.second) {
    latest = { second, text: `${new Date(second * 1_000).toISOString().slice(0, 19)}Z` };
  }
  return latest.text;
}

let latest = { second: 0, text: '1970-01-01T00:00:00Z' };

/** `metav1.MicroTime`: `2026-01-02T15:04:05.000000Z`. */
export function rfc3339Micro(ms: number): string {
  // Rounded: a microsecond has no exact fraction of a millisecond, and must come back as it went in.
  const micros = Math.round(ms * 1_000);
  const date = new Date(Math.floor(micros / 1_000)).toISOString();
  const rest = ((micros % 1_000) + 1_000) % 1_000;
  return `${date.slice(0, 23)}${String(rest).padStart(3, '0')}Z`;
}
