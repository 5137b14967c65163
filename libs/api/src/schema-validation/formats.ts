/** The formats that fields can name, each as a check that answers with what is wrong; nothing wrong: []. */
import {
  dns1123LabelErrors,
  dns1123SubdomainErrors,
  envNameErrors,
  portNameErrors,
  portNumberErrors,
  rangeMessage,
} from '../names/index.ts';

export interface Format {
  /** Zero, the empty string and absence are told to `check`, rather than taken for "not there". */
  readonly checksAbsent: boolean;
  /** A zero or absent value is `Required value` rather than a wrong one. */
  readonly zeroIsMissing: boolean;
  check(value: unknown): readonly string[];
}

const PERCENT = /^[0-9]+%$/;
const MAX_MODE = 0o777;
const MIN_TOKEN_SECONDS = 600;
const MAX_TOKEN_SECONDS = 2 ** 32;
const OK: readonly string[] = [];

function textFormat(check: (value: string) => readonly string[]): Format {
  return {
    checksAbsent: false,
    zeroIsMissing: false,
    check: (value) => (typeof value === 'string' && value !== '' ? check(value) : OK),
  };
}

function numberFormat(check: (value: number) => readonly string[], flags: Partial<Format> = {}): Format {
  return {
    checksAbsent: false,
    zeroIsMissing: false,
    check: (value) => (typeof value === 'number' ? check(value) : OK),
    ...flags,
  };
}

function portOrName(value: unknown): readonly string[] {
  if (typeof value === 'string') return portNameErrors(value);
  return portNumberErrors(typeof value === 'number' ? value : 0);
}

function intOrPercent(value: unknown): readonly string[] {
  if (typeof value === 'number') return value >= 0 ? OK : ['must be greater than or equal to 0'];
  if (typeof value === 'string' && !PERCENT.test(value)) {
    return [
      `a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')`,
    ];
  }
  return OK;
}

function tokenExpiration(seconds: number): readonly string[] {
  if (seconds < MIN_TOKEN_SECONDS) return ['may not specify a duration less than 10 minutes'];
  return seconds > MAX_TOKEN_SECONDS ? ['may not specify a duration larger than 2^32 seconds'] : OK;
}

function fileMode(mode: number): readonly string[] {
  return mode >= 0 && mode <= MAX_MODE ? OK : ['must be a number between 0 and 0777 (octal), both inclusive'];
}

export const FORMATS: Readonly<Record<string, Format>> = {
  dns1123Label: textFormat(dns1123LabelErrors),
  dns1123Subdomain: textFormat(dns1123SubdomainErrors),
  envVarName: textFormat(envNameErrors),
  portName: textFormat(portNameErrors),
  port: {
    checksAbsent: true,
    zeroIsMissing: false,
    check: (value) => portNumberErrors(typeof value === 'number' ? value : 0),
  },
  containerPort: numberFormat(portNumberErrors, { checksAbsent: true, zeroIsMissing: true }),
  portOrZero: numberFormat((value) => (value === 0 ? OK : portNumberErrors(value))),
  portOrName: { checksAbsent: true, zeroIsMissing: false, check: portOrName },
  intOrPercent: { checksAbsent: false, zeroIsMissing: false, check: intOrPercent },
  tokenExpiration: numberFormat(tokenExpiration),
  fileMode: numberFormat(fileMode),
};

/** What is wrong with a number outside of its bounds. */
export function boundsMessage(
  value: number,
  minimum: number | undefined,
  maximum: number | undefined,
): string | undefined {
  if (minimum !== undefined && maximum !== undefined) {
    return value < minimum || value > maximum ? rangeMessage(minimum, maximum) : undefined;
  }
  if (minimum !== undefined && value < minimum) return `must be greater than or equal to ${minimum}`;
  if (maximum !== undefined && value > maximum) return `must be less than or equal to ${maximum}`;
  return undefined;
}
