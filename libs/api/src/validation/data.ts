import type { ConfigMap } from '@reckon/proto/reckon/api/core/v1/config_map.ts';
import type { Secret } from '@reckon/proto/reckon/api/core/v1/secret.ts';
import type { Cause } from '../errors/api-error.ts';
import { jsonEqual } from '../json/equal.ts';
import { isObject } from '../json/types.ts';
import { configMapKeyErrors } from '../names/identifiers.ts';
import { subdomainName } from '../names/object-name.ts';
import { forbidden, invalidEach, invalidValue, required, tooLong } from './causes.ts';
import type { Frozen, KindRules } from './types.ts';

type Entries = Readonly<Record<string, unknown>> | undefined;

const MAX_BYTES = 1_024 * 1_024;
const ACCOUNT_ANNOTATION = 'kubernetes.io/service-account.name';
const REDACTED = '<secret contents redacted>';

export const CONFIG_MAP: KindRules<ConfigMap> = {
  name: subdomainName,
  object: ({ data, binaryData }, causes) => {
    let bytes = checkKeys(binaryData, 'binaryData', base64Bytes, causes);
    bytes += checkKeys(data, 'data', Buffer.byteLength, causes);
    for (const key in data) {
      if (binaryData !== undefined && Object.hasOwn(binaryData, key)) {
        causes.push(invalidValue(`data[${key}]`, key, 'duplicate of key present in binaryData'));
      }
    }
    if (bytes > MAX_BYTES) causes.push(tooLong('', MAX_BYTES));
  },
  update: (after, before, causes) => checkSealed(after, before, ['data', 'binaryData'], causes),
};

export const SECRET: KindRules<Secret> = {
  name: subdomainName,
  object: (secret, causes) => {
    const bytes = checkKeys(secret.data, 'data', base64Bytes, causes);
    if (bytes > MAX_BYTES) causes.push(tooLong('data', MAX_BYTES));
    checkSecretType(secret, causes);
  },
  update: (after, before, causes) => checkSealed(after, before, ['data'], causes),
};

/** The bytes of all values. */
function checkKeys(
  entries: Entries,
  path: string,
  sizeOf: (value: string) => number,
  causes: Cause[],
): number {
  let bytes = 0;
  for (const key in entries) {
    const value = entries[key];
    invalidEach(causes, `${path}[${key}]`, key, configMapKeyErrors(key));
    if (typeof value === 'string') bytes += sizeOf(value);
  }
  return bytes;
}

/** Bytes that a base64 text stands for. */
function base64Bytes(text: string): number {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  return Math.floor((text.length * 3) / 4) - padding;
}

interface Sealable {
  readonly immutable?: boolean | undefined;
  readonly [field: string]: unknown;
}

/** Once `immutable` is set, it and the data stay as they are. */
function checkSealed(after: Sealable, before: Sealable, fields: readonly string[], causes: Cause[]): void {
  if (before.immutable !== true) return;
  const why = 'field is immutable when `immutable` is set';
  if (after.immutable !== true) causes.push(forbidden('immutable', why));
  for (const field of fields) {
    if (!jsonEqual(after[field] ?? {}, before[field] ?? {})) causes.push(forbidden(field, why));
  }
}

/** What each well-known type of secret has to hold. */
function checkSecretType({ type, data, metadata }: Frozen<Secret>, causes: Cause[]): void {
  const has = (key: string): boolean => data !== undefined && Object.hasOwn(data, key);
  switch (type) {
    case 'kubernetes.io/service-account-token':
      if (!metadata?.annotations?.[ACCOUNT_ANNOTATION]) {
        causes.push(required(`metadata.annotations[${ACCOUNT_ANNOTATION}]`));
      }
      break;
    case 'kubernetes.io/dockercfg':
      checkJson('.dockercfg', data, causes);
      break;
    case 'kubernetes.io/dockerconfigjson':
      checkJson('.dockerconfigjson', data, causes);
      break;
    case 'kubernetes.io/basic-auth':
      if (!has('username') && !has('password')) {
        causes.push(required('data[username]'), required('data[password]'));
      }
      break;
    case 'kubernetes.io/ssh-auth':
      if (!data?.['ssh-privatekey']) causes.push(required('data[ssh-privatekey]'));
      break;
    case 'kubernetes.io/tls':
      for (const key of ['tls.crt', 'tls.key']) if (!has(key)) causes.push(required(`data[${key}]`));
      break;
    default:
  }
}

function checkJson(key: string, data: Entries, causes: Cause[]): void {
  const text = data?.[key];
  if (typeof text !== 'string') {
    causes.push(required(`data[${key}]`));
    return;
  }
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64').toString('utf8'));
    if (!isObject(value)) causes.push(invalidValue(`data[${key}]`, REDACTED, 'must be a JSON object'));
  } catch {
    // The parser's own message would quote what is secret.
    causes.push(invalidValue(`data[${key}]`, REDACTED, 'must be valid JSON'));
  }
}
