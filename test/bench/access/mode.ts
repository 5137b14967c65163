/**
 * How this process, which serves nobody but the benchmark, answers: `asks` who it is, whether he may and what admission
 * says; `told`, without asking, what the last one was told, so that the same objects are written; `bare`: without what
 * admission fills in, too.
 */
export type Mode = 'asks' | 'told' | 'bare';

let now: Mode = 'asks';

export function mode(): Mode {
  return now;
}

export function setMode(name: string): void {
  if (name !== 'asks' && name !== 'told' && name !== 'bare') throw new Error(`there is no mode ${name}`);
  now = name;
}
