/** Which files of the workspace the published package is made of, and under which names they go into it. */
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** Where the sources of each package are, and where they are put. What the package itself says is at the top. */
const HOUSES: readonly { readonly name: string; readonly from: string; readonly to: string }[] = [
  { name: '@reckon/sdk', from: 'clients/typescript/src', to: '' },
  { name: '@reckon/client', from: 'libs/client/src', to: 'internal/client' },
  { name: '@reckon/api', from: 'libs/api/src', to: 'internal/api' },
  { name: '@reckon/service', from: 'libs/service/src', to: 'internal/service' },
  { name: '@reckon/proto', from: 'proto/gen', to: 'proto' },
];

const IMPORT =
  /^(?<before>[ \t]*(?:import|export)\s+(?:type\s+)?(?:[\w*\s{},$]+\s+from\s+)?)(?<quote>['"])(?<target>[^'"\n]+)\k<quote>/gm;

export interface PackedSource {
  /** In the package, below its folder of sources: `internal/client/keys.ts`. */
  readonly path: string;
  /** With imports that lead to the emitted files of the package. */
  readonly text: string;
}

/**
 * The entry points (paths below the sources of this package) and all that they reach. Throws an Error if a file imports
 * a whole library by its index, or a package that is no dependency, or none imports one that is.
 */
export function packedSources(
  root: string,
  {
    entries,
    dependencies,
  }: { readonly entries: readonly string[]; readonly dependencies: readonly string[] },
): readonly PackedSource[] {
  const found = new Map<string, PackedSource>();
  const unused = new Set(dependencies);
  const waiting = entries.map((entry) => join('clients/typescript/src', entry));
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (found.has(file)) continue;
    const from = file;
    const path = placeOf(from);
    const rewrite = (target: string): string => {
      const imported = target.startsWith('.') ? join(dirname(from), target) : projectFile(target, from);
      if (imported !== undefined) {
        waiting.push(imported);
        const way = relative(dirname(path), placeOf(imported)).replace(/\.ts$/, '.js');
        return way.startsWith('.') ? way : `./${way}`;
      }
      const dependency = dependencies.find((name) => `${target}/`.startsWith(`${name}/`));
      if (dependency !== undefined) unused.delete(dependency);
      else if (!target.startsWith('node:'))
        throw new Error(`${from} imports ${target}, which is no dependency of the package`);
      return target;
    };
    const text = readFileSync(join(root, from), 'utf8').replaceAll(
      IMPORT,
      (_, before: string, quote: string, target: string) => `${before}${quote}${rewrite(target)}${quote}`,
    );
    found.set(from, { path, text });
  }
  if (unused.size > 0) throw new Error(`nothing in the package imports ${[...unused].join(', ')}`);
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function placeOf(file: string): string {
  const house = HOUSES.find(({ from }) => file.startsWith(`${from}/`));
  if (!house) throw new Error(`${file} has no place in the package`);
  return join(house.to, file.slice(house.from.length + 1));
}

/** `@reckon/client/keys.ts` → `libs/client/src/keys.ts`; undefined for packages of others. */
function projectFile(target: string, importer: string): string | undefined {
  if (!target.startsWith('@reckon/')) return undefined;
  const house = HOUSES.find(({ name }) => target === name || target.startsWith(`${name}/`));
  if (!house) throw new Error(`${importer} imports ${target}, which is not for outsiders`);
  if (target === house.name)
    throw new Error(`${importer} imports all of ${target}: name the file, so that the package stays small`);
  return join(house.from, target.slice(house.name.length + 1));
}
