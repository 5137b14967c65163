/** For building objects whose field names come from outside. */

/** Sets an own field whatever its name: a plain assignment of `__proto__` would change the prototype instead. */
export function setField(target: Record<string, unknown>, field: string, value: unknown): void {
  if (field === '__proto__') {
    Object.defineProperty(target, field, { value, enumerable: true, configurable: true, writable: true });
  } else {
    target[field] = value;
  }
}

/** The value of an own field: names of Object.prototype are not fields. */
export function getField<T>(object: Readonly<Record<string, T>> | undefined, field: string): T | undefined {
  return object !== undefined && Object.hasOwn(object, field) ? object[field] : undefined;
}
