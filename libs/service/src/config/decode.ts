/**
 * Small decoders from parsed JSON to typed configuration. A decoder either returns the value or throws a
 * `ConfigError` that names the field, so that a typing slip in a file never becomes a strange fault later.
 */
export type Decoder<T> = (value: unknown, path: string) => T;

export class ConfigError extends Error {
  /** `rest.port`; empty for the whole document. */
  readonly path: string;

  constructor(path: string, problem: string, options?: ErrorOptions) {
    super(path === '' ? problem : `${path}: ${problem}`, options);
    this.name = 'ConfigError';
    this.path = path;
  }
}

export const text: Decoder<string> = (value, path) => {
  if (typeof value !== 'string' || value === '') throw mismatch(path, 'a non-empty string', value);
  return value;
};

export const flag: Decoder<boolean> = (value, path) => {
  if (typeof value !== 'boolean') throw mismatch(path, 'true or false', value);
  return value;
};

export function integer(min: number, max: number = Number.MAX_SAFE_INTEGER): Decoder<number> {
  return (value, path) => {
    if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
      const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
      throw mismatch(path, `an integer ${range}`, value);
    }
    return value;
  };
}

/** A TCP port that can be bound; 0 lets the system choose one. */
export const port: Decoder<number> = integer(0, 65535);

/** Seconds, with a fraction if need be. */
export const seconds: Decoder<number> = (value, path) => {
  if (typeof value !== 'number' || !(value > 0) || !Number.isFinite(value))
    throw mismatch(path, 'a number of seconds above 0', value);
  return value;
};

export function oneOf<const T extends string>(...choices: readonly T[]): Decoder<T> {
  return (value, path) => {
    const choice = choices.find((candidate) => candidate === value);
    if (choice === undefined) throw mismatch(path, `one of ${choices.join(', ')}`, value);
    return choice;
  };
}

export function matching(pattern: RegExp, description: string): Decoder<string> {
  return (value, path) => {
    if (typeof value !== 'string' || !pattern.test(value)) throw mismatch(path, description, value);
    return value;
  };
}

export function list<T>(item: Decoder<T>): Decoder<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw mismatch(path, 'a list', value);
    return value.map((element, index) => item(element, `${path}[${index}]`));
  };
}

export function optional<T>(decoder: Decoder<T>): Decoder<T | undefined> {
  return (value, path) => (value === undefined ? undefined : decoder(value, path));
}

export function withDefault<T>(decoder: Decoder<T>, fallback: T): Decoder<T> {
  return (value, path) => (value === undefined ? fallback : decoder(value, path));
}

/** An object with exactly these fields; one that is not known is an error, as it is most likely a slip. */
export function record<T extends object>(fields: { readonly [K in keyof T]-?: Decoder<T[K]> }): Decoder<T> {
  return (value, path) => {
    const source = asObject(value, path);
    for (const key of Object.keys(source))
      if (!Object.hasOwn(fields, key))
        throw new ConfigError(join(path, key), `unknown field; known are ${Object.keys(fields).join(', ')}`);
    const result: Partial<T> = {};
    for (const key in fields) {
      const decoded = fields[key](source[key], join(path, key));
      if (decoded !== undefined) result[key] = decoded;
    }
    return result as T;
  };
}

/** Chooses the decoder by the text in the field `tag`. */
export function tagged<T extends object>(
  tag: string,
  variants: { readonly [name: string]: Decoder<T> },
): Decoder<T> {
  const choose = oneOf(...Object.keys(variants));
  return (value, path) => {
    const name = choose(asObject(value, path)[tag], join(path, tag));
    const decoder = variants[name];
    if (!decoder) throw new ConfigError(join(path, tag), `no such variant ${name}`);
    return decoder(value, path);
  };
}

function asObject(value: unknown, path: string): { readonly [key: string]: unknown } {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw mismatch(path, 'an object', value);
  return value as { readonly [key: string]: unknown };
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

function mismatch(path: string, expected: string, value: unknown): ConfigError {
  return new ConfigError(
    path,
    value === undefined
      ? `missing; must be ${expected}`
      : `must be ${expected}, not ${JSON.stringify(value)?.slice(0, 80)}`,
  );
}
