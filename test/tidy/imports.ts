import { dirname, join } from 'node:path';
import type { SourceFile } from './sources.ts';

export interface Import {
  readonly from: string;
  readonly line: number;
  readonly specifier: string;
  /** Gone at run time. */
  readonly typeOnly: boolean;
}

const STATEMENT =
  /^[ \t]*(?:import|export)\s+(?<type>type\s+)?(?:[\w*\s{},$]+\s+from\s+)?['"](?<target>[^'"]+)['"]|\bimport\(\s*['"](?<dynamic>[^'"]+)['"]\s*\)/gm;

/** The imports of a file, found by their form: good enough for sources that a formatter has been over. */
export function importsOf({ path, text }: SourceFile): readonly Import[] {
  return [...text.matchAll(STATEMENT)].map((match) => ({
    from: path,
    line: text.slice(0, match.index).split('\n').length,
    specifier: match.groups?.target ?? match.groups?.dynamic ?? '',
    typeOnly: match.groups?.type !== undefined,
  }));
}

/** The file that a relative import names. */
export function resolveRelative({ from, specifier }: Import): string {
  return join(dirname(from), specifier);
}

/** Folders of packages. */
const HOUSES: ReadonlySet<string> = new Set(['clients', 'examples', 'libs', 'services']);

/** `libs/api`, `services/cli`, `proto`, `test`: the package that a file belongs to. */
export function packageOf(path: string): string {
  const [first = '', second = ''] = path.split('/');
  return HOUSES.has(first) ? `${first}/${second}` : first;
}
