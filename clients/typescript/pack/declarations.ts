/** Comments, which speak of any thing, and everything between them. */
const COMMENT = /(\/\*[\s\S]*?\*\/|\/\/[^\n]*)/;

/**
 * A declaration file without `any`. The generator gives it to what is a `google.protobuf.Value` in `proto/`: as a field
 * a number or a string (`maxUnavailable`), as a list strings, in a map anything.
 */
export function withoutAny(text: string): string {
  return text
    .split(COMMENT)
    .map((part, at) =>
      at % 2 === 1
        ? part
        : part
            .replaceAll(/(\?:\s*(?:\|\s*)?)any\b(?=\s*\|\s*undefined)/g, '$1number | string')
            .replaceAll(/\bArray<any>/g, 'Array<string>')
            .replaceAll(/\bany\b/g, 'unknown'),
    )
    .join('');
}

/** Only what the compiler reads, without empty lines. */
export function withoutComments(text: string): string {
  return text
    .split(COMMENT)
    .filter((_, at) => at % 2 === 0)
    .join('')
    .replaceAll(/^\s*\n/gm, '');
}
