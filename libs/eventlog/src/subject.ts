/** Subjects name the object: `log.<group or core>.<resource>.<namespace or _>.<name>` (design: "The log"). */
import { type ObjectKey, splitGroupResource } from '@reckon/api';

/** What a stream of the log takes. */
export const ALL_SUBJECTS = 'log.>';

export function subjectOf(key: ObjectKey): string {
  const { group, resource } = splitGroupResource(key.resource);
  const namespace = key.namespace === '' ? '_' : escapeToken(key.namespace);
  return `log.${groupToken(group)}.${escapeToken(resource)}.${namespace}.${escapeToken(key.name)}`;
}

/** The inverse; undefined for what is no subject of the log. */
export function keyOfSubject(subject: string): ObjectKey | undefined {
  const [log, group, plural, namespace, name, ...rest] = subject.split('.');
  if (log !== 'log' || !group || !plural || !namespace || !name || rest.length > 0) return undefined;
  return {
    resource: resourceOf(group, plural),
    namespace: namespace === '_' ? '' : unescapeToken(namespace),
    name: unescapeToken(name),
  };
}

/** There are few, and each heartbeat names one. */
const resources = new Map<string, string>();
const MAX_RESOURCES = 1_000;

function resourceOf(groupToken: string, pluralToken: string): string {
  const tokens = `${groupToken}.${pluralToken}`;
  const known = resources.get(tokens);
  if (known !== undefined) return known;
  const plural = unescapeToken(pluralToken);
  const resource = groupToken === 'core' ? plural : `${plural}.${unescapeToken(groupToken)}`;
  if (resources.size >= MAX_RESOURCES) resources.clear();
  resources.set(tokens, resource);
  return resource;
}

/** A group that is really called `core` is escaped, so that every subject means one object. */
function groupToken(group: string): string {
  if (group === '') return 'core';
  return group === 'core' ? '=63ore' : escapeToken(group);
}

/** Bytes outside letters, digits and `-` become `=HH`. */
function escapeToken(text: string): string {
  if (/^[A-Za-z0-9-]+$/.test(text)) return text;
  let token = '';
  for (const byte of Buffer.from(text)) {
    const char = String.fromCharCode(byte);
    token += /[A-Za-z0-9-]/.test(char) ? char : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return token;
}

function unescapeToken(token: string): string {
  if (!token.includes('=')) return token;
  const bytes: number[] = [];
  for (let i = 0; i < token.length; i++) {
    if (token[i] === '=') {
      bytes.push(Number.parseInt(token.slice(i + 1, i + 3), 16));
      i += 2;
    } else bytes.push(token.charCodeAt(i));
  }
  return Buffer.from(bytes).toString();
}
