/**
 * The string syntax of label selectors (Kubernetes documentation, "Labels and Selectors"):
 *
 *   selector    = [ requirement { "," requirement } ]
 *   requirement = [ "!" ] KEY | KEY ( "=" | "==" | "!=" | ">" | "<" ) [ VALUE ] | KEY ( "in" | "notin" ) "(" values ")"
 *   values      = [ VALUE ] { "," [ VALUE ] }    but no two commas at the end
 */
import { ApiError } from '../errors/api-error.ts';
import { goQuote } from '../json/quote.ts';
import { qualifiedNameErrors } from '../names/label.ts';
import { lexLabelSelector, type Token, type TokenKind } from './label-lexer.ts';
import { compileLabels, requirementErrors } from './label-selection.ts';
import type { LabelOperator, LabelRequirement, LabelSelection } from './types.ts';

const BINARY_OPERATORS = 'in, notin, =, ==, !=, gt, lt';

/** What may stand in a list of values, by what stood there last. */
const EXPECTED_IN_VALUES = {
  '(': "',', ')' or identifier",
  ',': "',', or identifier",
  ',,': "',', or identifier",
  identifier: "',' or ')'",
};

/** Parses and compiles. Throws BadRequest in Kubernetes' words. An empty text selects everything. */
export function parseLabelSelector(text: string): LabelSelection {
  if (text === '') return EVERYTHING;
  return compileLabels(new Parser(lexLabelSelector(text)).selector());
}

const EVERYTHING = compileLabels([]);

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  selector(): readonly LabelRequirement[] {
    const requirements: LabelRequirement[] = [];
    for (;;) {
      const token = this.#peek();
      if (token.kind === 'end') return requirements;
      if (!startsRequirement(token)) {
        throw bad(`found '${token.text}', expected: !, identifier, or 'end of string'`);
      }
      requirements.push(this.#requirement());
      const separator = this.#next();
      if (separator.kind === 'end') return requirements;
      if (separator.kind !== ',') {
        throw bad(`found '${separator.text}', expected: ',' or 'end of string'`);
      }
      const after = this.#peek();
      if (!startsRequirement(after)) throw bad(`found '${after.text}', expected: identifier after ','`);
    }
  }

  #requirement(): LabelRequirement {
    let token = this.#next();
    const negated = token.kind === '!';
    if (negated) token = this.#next();
    if (!isWord(token)) throw badRequirement(`found '${token.text}', expected: identifier`);
    const key = token.text;
    const keyErrors = qualifiedNameErrors(key);
    if (keyErrors.length > 0) {
      throw badRequirement(`<nil>: Invalid value: ${goQuote(key)}: ${keyErrors.join('; ')}`);
    }
    const following = this.#peek().kind;
    if (negated || following === 'end' || following === ',') {
      return { key, operator: negated ? '!' : 'exists', values: [] };
    }
    const operator = this.#operator();
    const values = operator === 'in' || operator === 'notin' ? this.#values() : [this.#exactValue()];
    const requirement = { key, operator, values: [...new Set(values)].sort() };
    const errors = requirementErrors(requirement);
    if (errors.length > 0) {
      throw badRequirement(errors.length === 1 ? (errors[0] ?? '') : `[${errors.join(', ')}]`);
    }
    return requirement;
  }

  #operator(): LabelOperator {
    const token = this.#next();
    switch (token.kind) {
      case '=':
      case '==':
      case '!=':
      case 'in':
      case 'notin':
        return token.kind;
      case '>':
        return 'gt';
      case '<':
        return 'lt';
      default:
        throw badRequirement(`found '${token.text}', expected: ${BINARY_OPERATORS}`);
    }
  }

  #exactValue(): string {
    const following = this.#peek().kind;
    if (following === 'end' || following === ',') return '';
    const token = this.#next();
    if (!isWord(token)) throw badRequirement(`found '${token.text}', expected: identifier`);
    return token.text;
  }

  /** `()` and `(a,,b)` hold the empty value too. Kubernetes reads `,,` as one, after which `)` is an error. */
  #values(): readonly string[] {
    const open = this.#next();
    if (open.kind !== '(') throw badRequirement(`found '${open.text}' expected: '('`);
    const values: string[] = [];
    let last: keyof typeof EXPECTED_IN_VALUES = '(';
    for (;;) {
      const token = this.#next();
      if (token.kind === ')' && last !== ',,') return last === 'identifier' ? values : [...values, ''];
      if (token.kind === ',') {
        last = this.#peek().kind === ',' ? ',,' : ',';
        if (last === ',,') this.#next();
        if (last === ',,' || values.length === 0) values.push('');
      } else if (isWord(token) && last !== 'identifier') {
        last = 'identifier';
        values.push(token.text);
      } else {
        throw badRequirement(`found '${token.text}', expected: ${EXPECTED_IN_VALUES[last]}`);
      }
    }
  }

  #peek(): Token {
    return this.#tokens[this.#at] ?? END;
  }

  #next(): Token {
    return this.#tokens[this.#at++] ?? END;
  }
}

const END: Token = { kind: 'end', text: '' };
const WORDS: ReadonlySet<TokenKind> = new Set(['identifier', 'in', 'notin'] as const);

/** `in` and `notin` are words wherever no operator can stand. */
function isWord(token: Token): boolean {
  return WORDS.has(token.kind);
}

function startsRequirement(token: Token): boolean {
  return isWord(token) || token.kind === '!';
}

function badRequirement(message: string): ApiError {
  return bad(`unable to parse requirement: ${message}`);
}

function bad(message: string): ApiError {
  return new ApiError('BadRequest', message);
}
