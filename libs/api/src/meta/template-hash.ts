import { semanticEqual } from '../json/equal.ts';
import { isObject } from '../json/types.ts';
import { SAFE_ALPHABET } from '../names/object-name.ts';
import { POD_TEMPLATE_HASH_LABEL } from './names.ts';

const FNV_OFFSET = 0x81_1c_9d_c5;
const FNV_PRIME = 0x01_00_01_93;

/**
 * A name for a pod template: the same for templates that say the same, in whatever order. A ReplicaSet that is in the
 * way with the same hash and another template is got round by counting `collisionCount` up, as Deployments do.
 */
export function podTemplateHash(template: unknown, collisionCount = 0): string {
  let hash = FNV_OFFSET;
  const feed = (text: string): void => {
    for (let i = 0; i < text.length; i++) {
      hash = Math.imul(hash ^ text.charCodeAt(i), FNV_PRIME);
    }
  };
  feedCanonical(withoutHashLabel(template), feed);
  if (collisionCount > 0) feed(`#${collisionCount}`);
  const digits = String(hash >>> 0);
  let name = '';
  for (let i = 0; i < digits.length; i++) {
    name += SAFE_ALPHABET.charAt(digits.charCodeAt(i) % SAFE_ALPHABET.length);
  }
  return name;
}

/** True if two pod templates ask for the same pods; the hash label that a Deployment adds does not count. */
export function sameTemplate(a: unknown, b: unknown): boolean {
  return semanticEqual(withoutHashLabel(a), withoutHashLabel(b));
}

function withoutHashLabel(template: unknown): unknown {
  if (!isObject(template) || !isObject(template.metadata)) return template;
  const labels = template.metadata.labels;
  if (!isObject(labels) || !(POD_TEMPLATE_HASH_LABEL in labels)) return template;
  const { [POD_TEMPLATE_HASH_LABEL]: _hash, ...rest } = labels;
  return { ...template, metadata: { ...template.metadata, labels: rest } };
}

/** Feeds a JSON value with its fields in order; what is absent, null or empty is not fed. */
function feedCanonical(value: unknown, feed: (text: string) => void): void {
  if (Array.isArray(value)) {
    feed('[');
    for (const item of value) {
      feedCanonical(item, feed);
      feed(',');
    }
    feed(']');
  } else if (isObject(value)) {
    feed('{');
    for (const field of Object.keys(value).sort()) {
      const part = value[field];
      if (part === undefined || part === null || isEmptyContainer(part)) continue;
      feed(JSON.stringify(field));
      feedCanonical(part, feed);
      feed(',');
    }
    feed('}');
  } else {
    feed(JSON.stringify(value ?? null));
  }
}

function isEmptyContainer(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.keys(value).length === 0;
}
