/** What a trusted caller says about itself, in HTTP headers or gRPC metadata. */

/** At most 64 visible ASCII characters. */
export function requestIdOf(given: string | undefined): string | undefined {
  return given !== undefined && /^[\x21-\x7e]{1,64}$/.test(given) ? given : undefined;
}

/** `reckon-cause`: a decimal revision. */
export function causeOf(text: string | undefined): number | undefined {
  return text !== undefined && /^[1-9]\d{0,15}$/.test(text) ? Number(text) : undefined;
}

/** `reckon-because`: percent-encoded UTF-8; what is not properly encoded is taken as it stands. */
export function becauseOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
