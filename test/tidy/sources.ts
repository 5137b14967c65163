import { globSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');

export interface SourceFile {
  /** From the root of the checkout: `libs/api/src/index.ts`. */
  readonly path: string;
  readonly text: string;
}

/** Not of the project: what is installed, generated, or belongs to the tools of a checkout. */
const OUTSIDE = /(^|\/)(node_modules|\.git|\.reckon|gen)$|\.(log|tsbuildinfo)$/;

/** Every file of the project, whether git is there to ask or not. */
export function projectFiles(): readonly string[] {
  return globSync('**', { cwd: ROOT, withFileTypes: true, exclude: (entry) => OUTSIDE.test(entry.name) })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .sort();
}

export function sourceFiles(extension = '.ts'): readonly SourceFile[] {
  return projectFiles()
    .filter((path) => path.endsWith(extension))
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
}

/** `path:line: text` of every line that matches. */
export function matches(files: readonly SourceFile[], pattern: RegExp): readonly string[] {
  return files.flatMap(({ path, text }) =>
    text
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
  );
}
