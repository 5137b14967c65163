/**
 * Generates everything that is derived from the `.proto` files into `gen/`: the image that buf builds (descriptors
 * with comments and options), TypeScript, and the schema that `libs/api` loads. Does nothing if no input changed.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, globSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { compileSchema } from './generate/schema.ts';

const HERE = import.meta.dirname;
const GEN = join(HERE, 'gen');
const STAMP = 'inputs.sha256';
const INPUTS = [
  'reckon/**/*.proto',
  'runtime/**/*.proto',
  'kms/**/*.proto',
  'buf*.yaml',
  'generate.ts',
  'generate/*.ts',
  '../pnpm-lock.yaml',
];
const BIN = join(HERE, '..', 'node_modules', '.bin');

const run = promisify(execFile);

function inputsHash(): string {
  const hash = createHash('sha256');
  for (const file of globSync(INPUTS, { cwd: HERE }).sort()) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(HERE, file)))
      .update('\0');
  }
  return hash.digest('hex');
}

function currentStamp(): string {
  try {
    return readFileSync(join(GEN, STAMP), 'utf8');
  } catch {
    return '';
  }
}

async function buf(args: readonly string[]): Promise<void> {
  await run('buf', args, {
    cwd: HERE,
    env: { ...process.env, PATH: `${BIN}${delimiter}${process.env.PATH ?? ''}` },
  });
}

async function generate(stamp: string): Promise<void> {
  const target = mkdtempSync(join(HERE, 'gen.tmp-'));
  try {
    const image = join(target, 'image.binpb');
    await Promise.all([
      buf(['build', '-o', image]),
      buf(['generate', '--template', 'buf.gen.yaml', '-o', target]),
      buf(['generate', '--template', 'buf.gen.runtime.yaml', '-o', target]),
    ]);
    writeFileSync(join(target, 'schema.json'), JSON.stringify(compileSchema(readFileSync(image))));
    writeFileSync(join(target, STAMP), stamp);
    chmodSync(target, 0o755);
    rmSync(GEN, { recursive: true, force: true });
    renameSync(target, GEN);
  } finally {
    rmSync(target, { recursive: true, force: true });
  }
}

const stamp = inputsHash();
if (currentStamp() !== stamp) {
  await generate(stamp);
}
