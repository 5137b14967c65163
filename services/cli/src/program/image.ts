import type { Command } from 'commander';
import { stateOf, withState } from './options.ts';

export function addImageCommands(program: Command): void {
  const image = withState(program.command('image')).description('images without a registry');
  withState(image.command('load'))
    .description('load an archive (docker save, or OCI) into the nodes of this machine')
    .argument('<file>')
    .action(async (file: string, _options, command: Command) => {
      const { loadImage, noteTags } = await import('../commands/image.ts');
      noteTags(await loadImage(stateOf(command), file));
    });

  withState(image.command('build'))
    .description('build an archive of spring-server or busybox from what this machine has')
    .argument('<name>')
    .option('--to <dir>', 'where the archives go', '.')
    .option('--load', 'into the nodes of this machine')
    .action(async (name: string, options, command: Command) => {
      const { buildAndLoad, buildImages, noteTags } = await import('../commands/image.ts');
      if (options.load) noteTags(await buildAndLoad(stateOf(command), name));
      else await buildImages(name, options.to);
    });
}
