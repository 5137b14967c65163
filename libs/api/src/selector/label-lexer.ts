/** Cuts a label selector into tokens. */

export type TokenKind =
  | 'end'
  | 'identifier'
  | 'error'
  | '('
  | ')'
  | ','
  | '!'
  | '='
  | '=='
  | '!='
  | '>'
  | '<'
  | 'in'
  | 'notin';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

const SYMBOLS = new Set(['(', ')', ',', '!', '=', '==', '!=', '>', '<'] as const);
type SymbolKind = typeof SYMBOLS extends ReadonlySet<infer K> ? K : never;

const SPECIAL = /[=!(),><]/;
const SPACE = /[ \t\r\n]/;

export function lexLabelSelector(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const character = text.charAt(at);
    if (SPACE.test(character)) {
      at++;
    } else if (SPECIAL.test(character)) {
      const token = symbolAt(text, at);
      tokens.push(token);
      at += token.text.length;
    } else {
      const start = at;
      while (at < text.length && !SPECIAL.test(text.charAt(at)) && !SPACE.test(text.charAt(at))) at++;
      const word = text.slice(start, at);
      tokens.push({ kind: word === 'in' || word === 'notin' ? word : 'identifier', text: word });
    }
  }
  tokens.push({ kind: 'end', text: '' });
  return tokens;
}

/** The longest symbol wins: `==` before `=`. */
function symbolAt(text: string, at: number): Token {
  const pair = text.slice(at, at + 2);
  if (isSymbol(pair)) return { kind: pair, text: pair };
  const single = text.charAt(at);
  return isSymbol(single) ? { kind: single, text: single } : { kind: 'error', text: single };
}

function isSymbol(text: string): text is SymbolKind {
  return (SYMBOLS as ReadonlySet<string>).has(text);
}
