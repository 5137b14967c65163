import type { Command } from 'commander';
import { stateOf, withState } from './options.ts';

export function addRestoreCommands(program: Command): void {
  withState(program.command('restore'))
    .description(
      'make a namespace, or an object, as it was: workloads, configuration, secrets and Services together',
    )
    .argument('<what>', 'a namespace with all that is in it, or KIND/NAME: shop, deployment/web')
    .requiredOption('--at <when>', 'a revision, a time, or "10 minutes ago"')
    .option('-n, --namespace <name>', 'of an object')
    .option('--dry-run', 'show what would be written, and whether it could be')
    .option('-y, --yes', 'do not ask')
    .option('--show-secrets', 'also the values of secrets in what is shown')
    .option('-o, --output <format>', 'text or json', 'text')
    .action(async (what: string, options, command: Command) => {
      const { restore } = await import('../commands/restore.ts');
      if (!(await restore(stateOf(command), what, options))) process.exitCode = 1;
    });
}
