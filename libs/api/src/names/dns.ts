/** DNS names as object names use them (RFC 1123, RFC 1035). A check answers with what is wrong; nothing wrong: []. */
import { maxLengthMessage, regexMessage } from './messages.ts';

export const MAX_LABEL_LENGTH = 63;
export const MAX_SUBDOMAIN_LENGTH = 253;

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const LABEL_1035 = '[a-z]([-a-z0-9]*[a-z0-9])?';
const WILDCARD = `\\*\\.${SUBDOMAIN}`;

const LABEL_REGEXP = new RegExp(`^${LABEL}$`);
const SUBDOMAIN_REGEXP = new RegExp(`^${SUBDOMAIN}$`);
const LABEL_1035_REGEXP = new RegExp(`^${LABEL_1035}$`);
const WILDCARD_REGEXP = new RegExp(`^${WILDCARD}$`);

const LABEL_MESSAGE = regexMessage(
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  LABEL,
  'my-name',
  '123-abc',
);
const SUBDOMAIN_MESSAGE = regexMessage(
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  SUBDOMAIN,
  'example.com',
);
const LABEL_1035_MESSAGE = regexMessage(
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
  LABEL_1035,
  'my-name',
  'abc-123',
);
const WILDCARD_MESSAGE = regexMessage(
  "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
  WILDCARD,
  '*.example.com',
);

/** `my-name`: at most 63 of a-z, 0-9 and `-`. */
export function dns1123LabelErrors(value: string): readonly string[] {
  const errors: string[] = [];
  if (value.length > MAX_LABEL_LENGTH) errors.push(maxLengthMessage(MAX_LABEL_LENGTH));
  if (!LABEL_REGEXP.test(value)) {
    errors.push(SUBDOMAIN_REGEXP.test(value) ? 'must not contain dots' : LABEL_MESSAGE);
  }
  return errors;
}

/** `example.com`: labels with dots between, at most 253 characters. */
export function dns1123SubdomainErrors(value: string): readonly string[] {
  const errors: string[] = [];
  if (value.length > MAX_SUBDOMAIN_LENGTH) errors.push(maxLengthMessage(MAX_SUBDOMAIN_LENGTH));
  if (!SUBDOMAIN_REGEXP.test(value)) errors.push(SUBDOMAIN_MESSAGE);
  return errors;
}

/** As a RFC 1123 label, but starting with a letter: names of Services. */
export function dns1035LabelErrors(value: string): readonly string[] {
  const errors: string[] = [];
  if (value.length > MAX_LABEL_LENGTH) errors.push(maxLengthMessage(MAX_LABEL_LENGTH));
  if (!LABEL_1035_REGEXP.test(value)) errors.push(LABEL_1035_MESSAGE);
  return errors;
}

/** `*.example.com`. */
export function wildcardSubdomainErrors(value: string): readonly string[] {
  const errors: string[] = [];
  if (value.length > MAX_SUBDOMAIN_LENGTH) errors.push(maxLengthMessage(MAX_SUBDOMAIN_LENGTH));
  if (!WILDCARD_REGEXP.test(value)) errors.push(WILDCARD_MESSAGE);
  return errors;
}
