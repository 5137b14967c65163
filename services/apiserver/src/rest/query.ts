import { ApiError } from '@reckon/api';

/** The query of a request, parsed if there is one. */
export class Query {
  readonly #parameters: URLSearchParams | undefined;

  /** @param search what follows the question mark; empty: nothing. */
  constructor(search: string) {
    this.#parameters = search === '' ? undefined : new URLSearchParams(search);
  }

  get empty(): boolean {
    return this.#parameters === undefined;
  }

  /** Undefined if absent or empty, which the Kubernetes API never tells apart for strings. */
  text(name: string): string | undefined {
    return this.#parameters?.get(name) || undefined;
  }

  all(name: string): readonly string[] {
    return this.#parameters?.getAll(name) ?? [];
  }

  /** Present means true, unless it is "0" or "false" (Kubernetes: `Convert_Slice_string_To_bool`). */
  flag(name: string): boolean | undefined {
    const value = this.#parameters?.get(name);
    if (value === undefined || value === null) return undefined;
    return value !== '0' && value.toLowerCase() !== 'false';
  }

  /** Undefined if absent; `BadRequest` unless a whole number: an empty one would read as no limit at all. */
  integer(name: string): number | undefined {
    const value = this.#parameters?.get(name);
    if (value === undefined || value === null) return undefined;
    const refuse = (why: string) =>
      new ApiError('BadRequest', `strconv.ParseInt: parsing ${JSON.stringify(value)}: ${why}`);
    if (!/^[+-]?\d+$/.test(value)) throw refuse('invalid syntax');
    if (BigInt.asIntN(64, BigInt(value.replace('+', ''))) !== BigInt(value.replace('+', '')))
      throw refuse('value out of range');
    return Number(value);
  }
}
