/**
 * The beginning of a text, cut between characters, that takes at most so many bytes.
 *
 * @param bytesOf of one character (code point); by default as UTF-8. What UTF-8 cannot say (half a surrogate pair) becomes U+FFFD.
 */
export function clip(
  text: string,
  maxBytes: number,
  bytesOf: (character: string) => number = Buffer.byteLength,
): string {
  const whole = text.toWellFormed();
  let bytes = 0;
  let end = 0;
  for (const character of whole) {
    bytes += bytesOf(character);
    if (bytes > maxBytes) return whole.slice(0, end);
    end += character.length;
  }
  return whole;
}
