/** Builds the package as outsiders install it: JavaScript and declarations, nothing of the workspace but what it needs. */
import { execFile } from 'node:child_process';
import {
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { withoutAny, withoutComments } from './declarations.ts';
import { packedSources } from './sources.ts';

const run = promisify(execFile);
const HERE = join(import.meta.dirname, '..');
const ROOT = join(HERE, '..', '..');
const ENTRIES = ['index.ts', 'grpc.ts'];
/** What is promised, beside the messages, which `proto/` promises. */
const SURFACE = [
  'index',
  'connect',
  'client',
  'types',
  'operation',
  'errors',
  'kinds',
  'internal/client/types',
  'internal/api/errors/api-error',
];
const OUTPUT_BYTES = 16 * 1024 * 1024;

export interface Tarball {
  readonly path: string;
  readonly files: number;
  readonly packedBytes: number;
  readonly unpackedBytes: number;
  /** The declarations of what is written by hand: a program that compiles against them does so against any like them. */
  readonly surface: string;
}

/** What was the surface when somebody last looked at it. */
export const KNOWN_SURFACE: string = join(HERE, 'pack', 'surface.txt');

/** Writes `reckon-sdk-VERSION.tgz` into a directory. Throws an Error with the compiler's words if it does not compile. */
export async function buildTarball(into: string): Promise<Tarball> {
  const directory = mkdtempSync(join(tmpdir(), 'reckon-sdk-'));
  try {
    const manifest = publishedManifest();
    write(directory, 'package.json', JSON.stringify(manifest, null, 2));
    cpSync(join(HERE, 'README.md'), join(directory, 'README.md'));
    await compile(directory, Object.keys(manifest.dependencies));
    mkdirSync(into, { recursive: true });
    const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', resolve(into)];
    const { stdout } = await run('npm', args, { cwd: directory, maxBuffer: OUTPUT_BYTES });
    const [made] = JSON.parse(stdout);
    return {
      path: join(resolve(into), made.filename),
      files: made.entryCount,
      packedBytes: made.size,
      unpackedBytes: made.unpackedSize,
      surface: surfaceOf(directory),
    };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** What this package's own manifest says, without what only the workspace knows. */
function publishedManifest() {
  const { devDependencies: _, scripts: __, ...manifest } = readManifest();
  const entry = (path: string) => ({ types: `./dist/${path}.d.ts`, default: `./dist/${path}.js` });
  return {
    ...manifest,
    types: './dist/index.d.ts',
    exports: {
      '.': entry('index'),
      './grpc': entry('grpc'),
      './api/*': entry('proto/reckon/api/*'),
      './package.json': './package.json',
    },
    files: ['dist'],
  };
}

function readManifest(): {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: unknown;
  readonly scripts: unknown;
} {
  return JSON.parse(readFileSync(join(HERE, 'package.json'), 'utf8'));
}

/** `lib` holds the code to what the oldest supported Node has. */
const COMPILER_OPTIONS = {
  target: 'es2023',
  lib: ['es2023'],
  module: 'nodenext',
  types: ['node'],
  typeRoots: [join(ROOT, 'node_modules', '@types')],
  strict: true,
  noUncheckedIndexedAccess: true,
  verbatimModuleSyntax: true,
  skipLibCheck: true,
  stripInternal: true,
  declaration: true,
  rootDir: 'src',
  outDir: 'dist',
};

async function compile(directory: string, dependencies: readonly string[]): Promise<void> {
  for (const { path, text } of packedSources(ROOT, { entries: ENTRIES, dependencies }))
    write(directory, join('src', path), text);
  symlinkSync(join(HERE, 'node_modules'), join(directory, 'node_modules'));
  write(directory, 'tsconfig.json', JSON.stringify({ compilerOptions: COMPILER_OPTIONS, include: ['src'] }));
  try {
    const tsc = join(ROOT, 'node_modules', '.bin', 'tsc');
    await run(tsc, ['-p', directory, '--pretty', 'false'], { maxBuffer: OUTPUT_BYTES });
  } catch (error) {
    const said = error instanceof Error && 'stdout' in error ? String(error.stdout) : '';
    throw new Error(`the client does not compile for outsiders:\n${said || error}`, { cause: error });
  }
  for (const path of globSync('dist/**/*.d.ts', { cwd: directory })) {
    const file = join(directory, path);
    writeFileSync(file, withoutAny(readFileSync(file, 'utf8')));
  }
}

function surfaceOf(directory: string): string {
  return SURFACE.map((path) => {
    const text = readFileSync(join(directory, 'dist', `${path}.d.ts`), 'utf8');
    return `// ${path}\n${withoutComments(text)}`;
  }).join('\n');
}

function write(directory: string, path: string, text: string): void {
  const file = join(directory, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
