/** The annotation that makes a rollout go in steps: `10%,pause;50%,2m;100%`. */

export const CANARY_ANNOTATION = 'reckon.dev/canary';

export type Hold =
  /** Until a person lets it go on (`kubectl rollout resume`). */
  { readonly type: 'pause' } | { readonly type: 'wait'; readonly ms: number } | { readonly type: 'none' };

export interface CanaryStep {
  /** Part of the replicas that the new version has at this step, 1 to 100. */
  readonly percent: number;
  readonly hold: Hold;
}

export type ParsedCanary =
  | { readonly steps: readonly CanaryStep[] }
  /** What is wrong, as a sentence for whoever wrote it. */
  | { readonly mistake: string };

const WEIGHT = /^([0-9]{1,3})%$/;
const WAIT = /^([0-9]{1,6})(s|m|h)$/;
const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** Steps are separated by `;`, each is a rising weight with an optional `,pause` or `,DURATION` (`30s`, `2m`, `1h`). */
export function parseCanary(text: string): ParsedCanary {
  const steps: CanaryStep[] = [];
  for (const part of text.split(';').map((one) => one.trim())) {
    const [weight = '', hold, ...rest] = part.split(',').map((one) => one.trim());
    const percent = Number(WEIGHT.exec(weight)?.[1] ?? Number.NaN);
    if (!(percent >= 1 && percent <= 100)) return wrong(part, 'begins with a weight from 1% to 100%');
    if (percent <= (steps.at(-1)?.percent ?? 0))
      return wrong(part, 'has a higher weight than the one before');
    const held = holdOf(hold);
    if (!held || rest.length > 0)
      return wrong(part, 'may only add ",pause" or a time such as ",30s" or ",2m"');
    steps.push({ percent, hold: held });
  }
  return { steps };
}

function holdOf(text: string | undefined): Hold | undefined {
  if (text === undefined) return { type: 'none' };
  if (text === 'pause') return { type: 'pause' };
  const [, amount, unit] = WAIT.exec(text) ?? [];
  if (unit !== 's' && unit !== 'm' && unit !== 'h') return undefined;
  return { type: 'wait', ms: Number(amount) * UNIT_MS[unit] };
}

function wrong(part: string, rule: string): ParsedCanary {
  return { mistake: `the annotation ${CANARY_ANNOTATION} is wrong: each step ${rule}, "${part}" does not` };
}
