import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { importImage } from '@reckon/cri/image/import.ts';
import { CliError } from '../errors.ts';
import { CATALOGUE } from '../image/catalogue.ts';
import { LineProgress } from '../output/progress.ts';
import { requireSettings } from '../state/cluster.ts';
import { PUBLIC_MODE, writeFileAtomically } from '../state/files.ts';
import { layoutOf } from '../state/layout.ts';

/**
 * Loads an image archive (`docker save`, or an OCI layout in a tar) into every node of this machine. Returns the names
 * it has.
 */
export async function loadImage(stateDir: string, file: string): Promise<readonly string[]> {
  const layout = layoutOf(stateDir);
  const { nodes } = requireSettings(layout);
  if (!existsSync(file))
    throw new CliError(`there is no file ${file}`, 'make one with: docker save IMAGE -o FILE.tar');
  if (nodes.real === 0) throw new CliError('this cluster has only hollow nodes, which need no images');
  const sockets = Array.from({ length: nodes.real }, (_, offset) => layout.node(offset + 1).containerdSocket);
  if (!sockets.every((socket) => existsSync(socket)))
    throw new CliError('the container runtime does not run', 'start it with: ./reckon up');
  const [names = []] = await new LineProgress().step(`loaded ${file}`, () =>
    Promise.all(sockets.map((socket) => importImage(socket, file))),
  );
  return names;
}

/** Builds archives of an image of the catalogue. Returns the files. */
export async function buildImages(name: string, directory: string): Promise<readonly string[]> {
  const images = CATALOGUE[name];
  if (!images)
    throw new CliError(`there is no recipe for ${name}`, `there are: ${Object.keys(CATALOGUE).join(', ')}`);
  mkdirSync(directory, { recursive: true });
  const progress = new LineProgress();
  const files: string[] = [];
  for (const { reference, file, build } of images) {
    const path = join(directory, file);
    await progress.step(`built ${reference} as ${path}`, async () =>
      writeFileAtomically(path, await build(), PUBLIC_MODE),
    );
    files.push(path);
  }
  return files;
}

/** Builds an image of the catalogue and loads it: what the demonstration and the tests start with. */
export async function buildAndLoad(stateDir: string, name: string): Promise<readonly string[]> {
  const names: string[] = [];
  for (const file of await buildImages(name, layoutOf(stateDir).imagesDir))
    names.push(...(await loadImage(stateDir, file)));
  return names;
}

/** With the tag `latest` Kubernetes pulls an image each time, unless the container says otherwise. */
export function noteTags(names: readonly string[]): void {
  for (const name of names.filter((one) => one.endsWith(':latest')))
    new LineProgress().note(
      `${name} is pulled anew each time, for its tag, unless containers say imagePullPolicy: IfNotPresent`,
    );
}
