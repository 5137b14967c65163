import { randomInt, randomUUID } from 'node:crypto';
import { type Random, SAFE_ALPHABET } from './clock.ts';

/** The machine's randomness. */
export const systemRandom: Random = {
  next: () => Math.random(),
  uuid: () => randomUUID(),
  suffix(length) {
    let text = '';
    for (let i = 0; i < length; i++) text += SAFE_ALPHABET[randomInt(SAFE_ALPHABET.length)];
    return text;
  },
};
