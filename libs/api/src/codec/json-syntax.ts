/** Where a text stops being JSON, in the words of Go's encoding/json. Only walked when JSON.parse has refused it. */

/** Ends the walk. */
class SyntaxProblem extends Error {}

const END = 'unexpected end of JSON input';
const SPACES = /[ \t\n\r]*/y;
const STRING_PART = /[ !#-[\]-\uffff]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/y;
const LITERALS = ['true', 'false', 'null'];

class Checker {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  check(): void {
    this.#value();
    this.#skip(SPACES);
    if (this.#at < this.#text.length) this.#fail('after top-level value');
  }

  #skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    const length = pattern.exec(this.#text)?.[0].length ?? 0;
    this.#at += length;
    return length > 0;
  }

  #next(): string {
    this.#skip(SPACES);
    return this.#text.charAt(this.#at);
  }

  #fail(context: string): never {
    const code = this.#text.codePointAt(this.#at);
    if (code === undefined) throw new SyntaxProblem(END);
    throw new SyntaxProblem(`invalid character ${quoted(String.fromCodePoint(code))} ${context}`);
  }

  #value(): void {
    const first = this.#next();
    if (first === '{') this.#items('}', 'after object key:value pair', () => this.#member());
    else if (first === '[') this.#items(']', 'after array element', () => this.#value());
    else if (first === '"') this.#string();
    else if (!this.#literal() && !this.#skip(NUMBER)) this.#fail('looking for beginning of value');
  }

  #literal(): boolean {
    const word = LITERALS.find((literal) => this.#text.charAt(this.#at) === literal.charAt(0));
    if (word === undefined) return false;
    for (const letter of word) {
      if (this.#text.charAt(this.#at) !== letter) this.#fail(`in literal ${word} (expecting '${letter}')`);
      this.#at++;
    }
    return true;
  }

  #items(close: string, after: string, item: () => void): void {
    this.#at++;
    if (this.#next() === close) {
      this.#at++;
      return;
    }
    for (;;) {
      item();
      const next = this.#next();
      if (next !== close && next !== ',') this.#fail(after);
      this.#at++;
      if (next === close) return;
    }
  }

  #member(): void {
    if (this.#next() !== '"') this.#fail('looking for beginning of object key string');
    this.#string();
    if (this.#next() !== ':') this.#fail('after object key');
    this.#at++;
    this.#value();
  }

  #string(): void {
    this.#at++;
    for (;;) {
      this.#skip(STRING_PART);
      const next = this.#text.charAt(this.#at);
      if (next === '"') break;
      if (next !== '\\') this.#fail('in string literal');
      if (!this.#skip(ESCAPE)) {
        this.#at++;
        this.#fail('in string escape code');
      }
    }
    this.#at++;
  }
}

function quoted(character: string): string {
  if (character === "'") return `'\\''`;
  if (character === '"') return `'"'`;
  return `'${JSON.stringify(character).slice(1, -1)}'`;
}

/** What is wrong with a text that is not JSON. */
export function syntaxMessage(text: string): string {
  try {
    new Checker(text).check();
    return 'invalid JSON';
  } catch (error) {
    // A text nested too deeply for the walk is one that nobody writes.
    return error instanceof SyntaxProblem ? error.message : 'exceeded max depth';
  }
}
