/** A key of a map on a path: it is no field, which matters to messages that name fields only. */
export interface MapKey {
  readonly mapKey: string;
}

export type PathPart = string | number | MapKey;

/** `spec.containers[0].name`. */
export function formatPath(path: readonly PathPart[]): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else {
      const name = typeof part === 'string' ? part : part.mapKey;
      text += text === '' ? name : `.${name}`;
    }
  }
  return text;
}

/** Field names only: `spec.containers.name`. */
export function fieldNames(path: readonly PathPart[]): string {
  return path.filter((part) => typeof part === 'string').join('.');
}
