/** Finds the fields that a JSON text has twice. Only walked when it is known that there are some. */
import { goQuote } from '../json/quote.ts';

const SPACE = /[ \t\n\r]*/y;
const STRING = /"(?:[^"\\]|\\.)*"/y;
const ATOM = /[^,\]}\s]+/y;

/** Reads valid JSON; only names and structure matter. */
class Walker {
  readonly #text: string;
  readonly #found: string[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  walk(): readonly string[] {
    this.#value('');
    return this.#found;
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const token = pattern.exec(this.#text)?.[0] ?? '';
    this.#at += token.length;
    return token;
  }

  #peek(): string {
    this.#take(SPACE);
    return this.#text.charAt(this.#at);
  }

  /** Passes the separator, or the end: true if another item follows. */
  #more(): boolean {
    const next = this.#peek();
    this.#at++;
    return next === ',';
  }

  #value(path: string): void {
    const first = this.#peek();
    if (first === '{') this.#object(path);
    else if (first === '[') this.#array(path);
    else if (first === '"') this.#take(STRING);
    else this.#take(ATOM);
  }

  #object(path: string): void {
    this.#at++;
    if (this.#peek() === '}') {
      this.#at++;
      return;
    }
    const seen = new Set<string>();
    const reported = new Set<string>();
    do {
      this.#take(SPACE);
      const name: unknown = JSON.parse(this.#take(STRING));
      const field = path === '' ? String(name) : `${path}.${String(name)}`;
      if (seen.has(field) && !reported.has(field)) {
        reported.add(field);
        this.#found.push(`duplicate field ${goQuote(field)}`);
      }
      seen.add(field);
      this.#peek();
      this.#at++;
      this.#value(field);
    } while (this.#more());
  }

  #array(path: string): void {
    this.#at++;
    if (this.#peek() === ']') {
      this.#at++;
      return;
    }
    let index = 0;
    do this.#value(`${path}[${index++}]`);
    while (this.#more());
  }
}

/** In the words of Kubernetes' strict decoder; `text` must be valid JSON. */
export function findDuplicates(text: string): readonly string[] {
  return new Walker(text).walk();
}
