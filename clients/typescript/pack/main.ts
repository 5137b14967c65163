/**
 * `node pack/main.ts [DIRECTORY]`: writes the tarball that outsiders install there, by default where one is.
 * With `--surface`, what it promises is written down, for the test that notices when it changes.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { buildTarball, KNOWN_SURFACE } from './tarball.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { surface: { type: 'boolean' } },
});
const [into = process.cwd()] = positionals;
const { path, files, packedBytes, unpackedBytes, surface } = await buildTarball(into);
if (values.surface) writeFileSync(KNOWN_SURFACE, surface);
const kib = (bytes: number) => `${Math.ceil(bytes / 1024)} KiB`;
console.log(`${path}: ${files} files, ${kib(packedBytes)}, unpacked ${kib(unpackedBytes)}`);
