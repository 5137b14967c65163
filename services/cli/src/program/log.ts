/** Commands that read the log. */
import type { Command } from 'commander';
import { count, stateOf, withState } from './options.ts';

export function addLogCommands(program: Command): void {
  withState(program.command('log'))
    .description('what happened: every change to every object, who made it and why')
    .argument('[of]', 'a kind or an object as kubectl takes it: po, deployment/web')
    .option('-f, --follow', 'go on with what comes')
    .option('-n, --namespace <name>', 'only in this namespace')
    .option('--tail <n>', 'only the last so many revisions', count)
    .option('--after <revision>', 'only what came after this revision', count)
    .option('--since <when>', 'only since: a revision, a time, or "10 minutes ago"')
    .option('--until <when>', 'only until then')
    .option('--by <user>', 'only what this user did: jane, scheduler, "node n1"')
    .option('--show-secrets', 'also the values of secrets (with -o json)')
    .option('--leases', 'also heartbeats')
    .option('-o, --output <format>', 'text or json', 'text')
    .action(async (of: string | undefined, options, command: Command) => {
      const { log } = await import('../commands/log.ts');
      const abort = new AbortController();
      process.once('SIGINT', () => abort.abort());
      await log(stateOf(command), { ...options, of }, abort.signal);
    });
}
