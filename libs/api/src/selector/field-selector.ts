/** Field selectors: `FIELD=VALUE`, `FIELD==VALUE`, `FIELD!=VALUE`, with commas between; `\` escapes `\`, `,` and `=`. */
import { ApiError } from '../errors/api-error.ts';
import { type FieldReader, selectableFields } from './selectable-fields.ts';
import type { FieldRequirement, FieldSelection } from './types.ts';

type Test = (object: unknown) => boolean;

/** Parses and compiles for a resource (`pods`, `events`). Throws BadRequest in Kubernetes' words. */
export function parseFieldSelector(text: string, groupResource: string): FieldSelection {
  const requirements = splitTerms(text)
    .filter((term) => term !== '')
    .sort()
    .map((term) => parseTerm(text, term));
  const { fields, unsupported } = selectableFields(groupResource);
  const tests = requirements.map((requirement) => {
    const read = fields.get(requirement.field);
    if (read === undefined) throw new ApiError('BadRequest', unsupported(requirement.field));
    return compileTerm(requirement, read);
  });
  return {
    requirements,
    everything: requirements.length === 0,
    matches: all(tests),
    exactValue: (field) =>
      requirements.find((requirement) => requirement.field === field && requirement.operator === '=')?.value,
    toString: () => requirements.map(termText).join(','),
  };
}

function all(tests: readonly Test[]): Test {
  const [first, second] = tests;
  if (first === undefined) return () => true;
  if (second === undefined) return first;
  return (object) => {
    for (const test of tests) if (!test(object)) return false;
    return true;
  };
}

function compileTerm({ operator, value }: FieldRequirement, read: FieldReader): Test {
  return operator === '=' ? (object) => read(object) === value : (object) => read(object) !== value;
}

function termText({ field, operator, value }: FieldRequirement): string {
  return `${field}${operator}${value.replace(/[\\,=]/g, '\\$&')}`;
}

function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === ',') {
      terms.push(text.slice(start, at));
      start = at + 1;
    }
  }
  terms.push(text.slice(start));
  return terms;
}

function parseTerm(selector: string, term: string): FieldRequirement {
  const match = /^(.*?)(!=|==|=)(.*)$/s.exec(term);
  if (match === null) {
    throw new ApiError('BadRequest', `invalid selector: '${selector}'; can't understand '${term}'`);
  }
  const [, field = '', operator, value = ''] = match;
  return { field, operator: operator === '!=' ? '!=' : '=', value: unescapeValue(value) };
}

function unescapeValue(text: string): string {
  if (!/[\\,=]/.test(text)) return text;
  let value = '';
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '\\') {
      const escaped = text.charAt(++at);
      if (!/^[\\,=]$/.test(escaped)) {
        throw new ApiError('BadRequest', `invalid field selector: invalid escape sequence: \\${escaped}`);
      }
      value += escaped;
    } else if (character === ',' || character === '=') {
      throw new ApiError(
        'BadRequest',
        `invalid field selector: unescaped character in value: ${character.charCodeAt(0)}`,
      );
    } else {
      value += character;
    }
  }
  return value;
}
