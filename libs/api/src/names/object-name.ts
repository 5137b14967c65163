/** Names of objects, and how one is made from `generateName`. */
import { dns1035LabelErrors, dns1123LabelErrors, dns1123SubdomainErrors } from './dns.ts';

/**
 * Checks a name, or with `prefix` a `generateName`: there a dash at the end is allowed, since something follows.
 */
export type NameCheck = (name: string, prefix: boolean) => readonly string[];

export const subdomainName: NameCheck = (name, prefix) =>
  dns1123SubdomainErrors(prefix ? maskTrailingDash(name) : name);

export const labelName: NameCheck = (name, prefix) =>
  dns1123LabelErrors(prefix ? maskTrailingDash(name) : name);

export const serviceName: NameCheck = (name, prefix) =>
  dns1035LabelErrors(prefix ? maskTrailingDash(name) : name);

/** Whatever can be one segment of a URL path: RBAC roles and the like. */
export const pathSegmentName: NameCheck = (name, prefix) => {
  if (!prefix && (name === '.' || name === '..')) return [`may not be '${name}'`];
  const errors: string[] = [];
  for (const illegal of ['/', '%']) if (name.includes(illegal)) errors.push(`may not contain '${illegal}'`);
  return errors;
};

function maskTrailingDash(name: string): string {
  return name.length > 1 && name.endsWith('-') ? `${name.slice(0, -1)}a` : name;
}

/** No vowels and nothing that looks like something else, so that no words come about (k8s.io/apimachinery `rand`). */
export const SAFE_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
const SUFFIX_LENGTH = 5;
const MAX_GENERATED_LENGTH = 63;

/**
 * `generateName` with five letters added; a long one is cut so that the name stays within 63 characters.
 * `random` gives integers from 0 up to but not including its argument.
 */
export function generateObjectName(generateName: string, random: (below: number) => number): string {
  let suffix = '';
  for (let i = 0; i < SUFFIX_LENGTH; i++) suffix += SAFE_ALPHABET.charAt(random(SAFE_ALPHABET.length));
  return `${generateName.slice(0, MAX_GENERATED_LENGTH - SUFFIX_LENGTH)}${suffix}`;
}
