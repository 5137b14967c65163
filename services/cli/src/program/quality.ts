/** Commands of the checkout itself. */
import type { Command } from 'commander';

export function addQualityCommands(program: Command): void {
  program
    .command('check')
    .description('format, lint, types and the rules of the house')
    .action(async () => {
      const { check } = await import('../commands/check.ts');
      process.exitCode = (await check()).failed === 0 ? 0 : 1;
    });

  program
    .command('test')
    .description('run the tests: unit, integration, e2e, fuzz or chaos (all of them by default)')
    .argument('[group]')
    .argument('[only...]', 'parts of file names')
    .option('--seconds <n>', 'fuzz: how long each run takes (a minute by default)')
    .option('--seed <n>', 'fuzz: where its choices come from (drawn and printed by default)')
    .action(async (group: string | undefined, only: string[], fuzz: { seconds?: string; seed?: string }) => {
      const { test } = await import('../commands/test.ts');
      process.exitCode = (await test(group, only, fuzz)).failed === 0 ? 0 : 1;
    });

  program
    .command('pack')
    .description('make the tarball of the TypeScript client, to be installed with npm')
    .argument('[dir]', 'where it is put', '.')
    .action(async (into: string) => {
      const { pack } = await import('../commands/pack.ts');
      process.exitCode = await pack(into);
    });

  program
    .command('bench')
    .description('measure, beside the targets')
    .argument('[name]')
    .argument('[args...]')
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (name: string | undefined, args: string[]) => {
      const { bench } = await import('../commands/bench.ts');
      process.exitCode = await bench(name, args);
    });
}
