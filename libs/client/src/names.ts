import { createHash } from 'node:crypto';
import { SAFE_ALPHABET } from '@reckon/service';

/** Longest name that is also a DNS label (RFC 1123). */
const MAX_NAME_CHARS = 63;

/**
 * `base-xxxxx`, the same for the same parts (owner uid, generation, ordinal…): a plan that is made twice names the
 * same object twice, and the second create finds the first. The suffix looks like Kubernetes' generated ones.
 */
export function derivedName(base: string, ...parts: readonly (string | number)[]): string {
  const suffix = derivedSuffix(5, base, ...parts);
  return `${base.slice(0, MAX_NAME_CHARS - 1 - suffix.length)}-${suffix}`;
}

/** `length` characters of Kubernetes' safe alphabet that depend on the parts and on nothing else. */
export function derivedSuffix(length: number, ...parts: readonly (string | number)[]): string {
  const digest = createHash('sha256').update(JSON.stringify(parts)).digest();
  let text = '';
  for (let i = 0; i < length; i++) {
    text += SAFE_ALPHABET[(digest[i % digest.length] ?? 0) % SAFE_ALPHABET.length];
  }
  return text;
}
