import { readIfPresent } from '../state/files.ts';

/** The end of a log, indented; JSON lines as `level message fields`. */
export function lastLines(path: string, count: number): string {
  const lines = (readIfPresent(path) ?? '').trimEnd().split('\n').slice(-count);
  return lines.map((line) => `    ${readable(line)}`).join('\n');
}

function readable(line: string): string {
  try {
    const { at, level, message, service, component, ...fields } = JSON.parse(line);
    const rest = Object.keys(fields).length === 0 ? '' : ` ${JSON.stringify(fields)}`;
    return `${at} ${level} ${message}${rest}`.slice(0, 400);
  } catch {
    return line.slice(0, 400);
  }
}
