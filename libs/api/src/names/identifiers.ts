/** The smaller formats: ports, environment variables, keys of ConfigMaps, percentages, HTTP headers, ids. */
import { MAX_SUBDOMAIN_LENGTH } from './dns.ts';
import { EMPTY_MESSAGE, maxLengthMessage, rangeMessage, regexMessage } from './messages.ts';

const MAX_PORT_NAME_LENGTH = 15;
const MAX_ID = 2 ** 31 - 1;

const CONFIG_KEY = '[-._a-zA-Z0-9]+';
const CONFIG_KEY_REGEXP = new RegExp(`^${CONFIG_KEY}$`);
const CONFIG_KEY_MESSAGE = regexMessage(
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
  CONFIG_KEY,
  'key.name',
  'KEY_NAME',
  'key-name',
);

const C_IDENTIFIER = '[A-Za-z_][A-Za-z0-9_]*';
const C_IDENTIFIER_REGEXP = new RegExp(`^${C_IDENTIFIER}$`);
const C_IDENTIFIER_MESSAGE = regexMessage(
  "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'",
  C_IDENTIFIER,
  'my_name',
  'MY_NAME',
  'MyName',
);

const PERCENT = '[0-9]+%';
const PERCENT_REGEXP = new RegExp(`^${PERCENT}$`);
const PERCENT_MESSAGE = regexMessage(
  "a valid percent string must be a numeric string followed by an ending '%'",
  PERCENT,
  '1%',
  '93%',
);

const HTTP_HEADER = '[-A-Za-z0-9]+';
const HTTP_HEADER_REGEXP = new RegExp(`^${HTTP_HEADER}$`);
const HTTP_HEADER_MESSAGE = regexMessage(
  "a valid HTTP header must consist of alphanumeric characters or '-'",
  HTTP_HEADER,
  'X-Header-Name',
);

const ENV_NAME_MESSAGE =
  "a valid environment variable name must consist only of printable ASCII characters other than '='";

/** 1 to 65535. */
export function portNumberErrors(port: number): readonly string[] {
  return Number.isInteger(port) && port >= 1 && port <= 65_535 ? [] : [rangeMessage(1, 65_535)];
}

/** An IANA service name (RFC 6335) in lower case. */
export function portNameErrors(name: string): readonly string[] {
  const errors: string[] = [];
  if (name.length > MAX_PORT_NAME_LENGTH) errors.push(maxLengthMessage(MAX_PORT_NAME_LENGTH));
  if (!/^[-a-z0-9]+$/.test(name)) {
    errors.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  }
  if (!/[a-z]/.test(name)) errors.push('must contain at least one letter (a-z)');
  if (name.includes('--')) errors.push('must not contain consecutive hyphens');
  if (name.startsWith('-') || name.endsWith('-')) errors.push('must not begin or end with a hyphen');
  return errors;
}

/** Printable ASCII without `=` (the relaxed rule, KEP-4369). */
export function envNameErrors(name: string): readonly string[] {
  if (name.length === 0) return [`environment variable name ${EMPTY_MESSAGE}`];
  return /^[ -<>-~]+$/.test(name) ? [] : [ENV_NAME_MESSAGE];
}

/** A key of a ConfigMap or Secret: a file name that stays in its directory. */
export function configMapKeyErrors(key: string): readonly string[] {
  const errors: string[] = [];
  if (key.length > MAX_SUBDOMAIN_LENGTH) errors.push(maxLengthMessage(MAX_SUBDOMAIN_LENGTH));
  if (!CONFIG_KEY_REGEXP.test(key)) errors.push(CONFIG_KEY_MESSAGE);
  if (key === '.') errors.push("must not be '.'");
  else if (key === '..') errors.push("must not be '..'");
  else if (key.startsWith('..')) errors.push("must not start with '..'");
  return errors;
}

export function cIdentifierErrors(value: string): readonly string[] {
  return C_IDENTIFIER_REGEXP.test(value) ? [] : [C_IDENTIFIER_MESSAGE];
}

export function percentErrors(value: string): readonly string[] {
  return PERCENT_REGEXP.test(value) ? [] : [PERCENT_MESSAGE];
}

export function httpHeaderNameErrors(value: string): readonly string[] {
  return HTTP_HEADER_REGEXP.test(value) ? [] : [HTTP_HEADER_MESSAGE];
}

/** A user or group id: 0 to 2^31 - 1. */
export function unixIdErrors(id: number): readonly string[] {
  return id >= 0 && id <= MAX_ID ? [] : [rangeMessage(0, MAX_ID)];
}
