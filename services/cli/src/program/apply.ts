/** Commands that write several objects at once. */
import type { Command } from 'commander';
import { CliError } from '../errors.ts';
import { stateOf, withState } from './options.ts';

const several = (value: string, before: readonly string[]): readonly string[] => [...before, value];

export function addApplyCommands(program: Command): void {
  withState(program.command('apply'))
    .description('server-side apply of many objects as one transaction: all of them are written, or none')
    .option('--atomic', 'all or none; the only way this command knows')
    .requiredOption('-f, --filename <file>', 'a file, a directory, or - for standard input', several, [])
    .option('-R, --recursive', 'also directories within directories')
    .option('-n, --namespace <name>', 'of objects that name none')
    .option('--dry-run', 'everything but the commit')
    .option('--force-conflicts', 'take fields that others manage')
    .option('--field-manager <name>', 'who is to manage the fields', 'reckon')
    .option('-o, --output <format>', 'text or json', 'text')
    .action(async (options, command: Command) => {
      if (!options.atomic)
        throw new CliError(
          'apply needs --atomic',
          'to apply objects one by one: ./reckon kubectl apply -f …',
        );
      const { appliedText, apply } = await import('../commands/apply.ts');
      const applied = await apply(stateOf(command), options);
      for (const warning of applied.warnings) process.stderr.write(`warning: ${warning}\n`);
      console.log(options.output === 'json' ? JSON.stringify(applied, null, 2) : appliedText(applied));
    });
}
