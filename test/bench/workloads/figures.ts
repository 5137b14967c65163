/** Figures beside their aims. */
import { table } from '../pod/figures.ts';

export interface Figure {
  readonly name: string;
  readonly measured: string;
  readonly aim: string;
  /** Undefined: nothing is aimed at, it is for orientation. */
  readonly met?: boolean | undefined;
}

export function atMost(name: string, value: number, most: number, unit: string): Figure {
  const digits = value < 10 && !Number.isInteger(value) ? 2 : 0;
  return {
    name,
    measured: `${value.toFixed(digits)} ${unit}`,
    aim: `≤ ${most.toLocaleString('en')} ${unit}`,
    met: value <= most,
  };
}

export function plain(name: string, measured: string): Figure {
  return { name, measured, aim: '' };
}

export function figureTable(figures: readonly Figure[]): string {
  const verdict = ({ met }: Figure) => (met === undefined ? '' : met ? 'met' : 'MISSED');
  return table([
    ['', 'measured', 'aim', 'is'],
    ...figures.map((figure) => [figure.name, figure.measured, figure.aim, verdict(figure)]),
  ]);
}

/** `0.42 ms of apiserver, 0.10 ms of postgres`: the largest first. */
export function shares(cpuMs: ReadonlyMap<string, number>, among: number): string {
  return [...cpuMs]
    .map(([name, ms]) => ({ name, ms: ms / among }))
    .filter(({ ms }) => ms >= 0.05)
    .sort((a, b) => b.ms - a.ms)
    .map(({ name, ms }) => `${name} ${ms.toFixed(1)}`)
    .join(', ');
}
