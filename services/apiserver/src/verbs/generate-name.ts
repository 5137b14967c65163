import type { Random } from '@reckon/service';
import type { Preparation } from './env.ts';
import type { KubeObject } from './types.ts';

const SUFFIX_LENGTH = 5;
/** A name with its suffix is at most a DNS label long. */
const MAX_BASE_LENGTH = 63 - SUFFIX_LENGTH;

/** https://kubernetes.io/docs/reference/using-api/api-concepts/#generated-values */
export function generateName(base: string, random: Random): string {
  return base.slice(0, MAX_BASE_LENGTH) + random.suffix(SUFFIX_LENGTH);
}

/** Names tried for one object before it is told that none is free. */
const MAX_ATTEMPTS = 8;

/**
 * The object with a name: a generated one if it has only `generateName`. One that is taken is replaced by another at
 * once; `isTaken` answers from the cache, the commit has the last word.
 */
export function withGeneratedName(
  { env }: Preparation,
  object: KubeObject,
  isTaken: (name: string) => boolean,
): KubeObject {
  const { name, generateName: base } = object.metadata;
  if ((name !== undefined && name !== '') || base === undefined || base === '') return object;
  let generated = generateName(base, env.random);
  for (let attempts = 1; attempts < MAX_ATTEMPTS && isTaken(generated); attempts++)
    generated = generateName(base, env.random);
  return { ...object, metadata: { ...object.metadata, name: generated } };
}
