/** Commands that look back. */
import type { Command } from 'commander';
import { count, stateOf, withState } from './options.ts';

export function addHistoryCommands(program: Command): void {
  withState(program.command('history'))
    .description('every revision of an object: who, when, what changed, and why')
    .argument('<kind/name>', 'as kubectl takes it: deployment/web, po/web-0; also of what is long gone')
    .option('-n, --namespace <name>', 'of the object', 'default')
    .option('--since <when>', 'only what came since: a revision, a time, or "10 minutes ago"')
    .option('--tail <n>', 'only the last so many revisions', count)
    .option('--diff', 'all changes in full')
    .option('--show-secrets', 'also the values of secrets')
    .option('-o, --output <format>', 'text or json', 'text')
    .action(async (of: string, options, command: Command) => {
      const { history } = await import('../commands/history.ts');
      console.log(await history(stateOf(command), of, options));
    });

  withState(program.command('why'))
    .description('what led to an object as it is: back to the request that asked for it, with the reasons')
    .argument('<kind/name>', 'as kubectl takes it: po/web-0')
    .option('-n, --namespace <name>', 'of the object', 'default')
    .option('--effects', 'the other way: all that its last change set off')
    .option('--revision <n>', 'the change to begin with', count)
    .option('--events', 'also Event objects, which only tell what happened')
    .option('-o, --output <format>', 'text or json', 'text')
    .action(async (of: string, options, command: Command) => {
      const { why } = await import('../commands/why.ts');
      console.log(await why(stateOf(command), of, options));
    });

  program
    .command('at')
    .description('a reading kubectl command on the cluster as it was: reckon at "10 minutes ago" -- get pods')
    .argument('<when>', 'a revision, a time, or "10 minutes ago"')
    .argument('[args...]', 'for kubectl')
    .option('--state <dir>', 'state directory of the cluster')
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (when: string, args: string[], _options, command: Command) => {
      const { at } = await import('../commands/at.ts');
      process.exitCode = await at(stateOf(command), when, args[0] === '--' ? args.slice(1) : args);
    });

  withState(program.command('sql'))
    .description('the cluster and its history as SQL: one question, or psql')
    .argument('[query]', 'as in: select at, actor, verb, name from history where revision > revision_at(...)')
    .option('-o, --output <format>', 'table or json', 'table')
    .action(async (query: string | undefined, options, command: Command) => {
      const { sql, sqlShell } = await import('../commands/sql.ts');
      if (query === undefined) process.exitCode = await sqlShell(stateOf(command));
      else console.log(await sql(stateOf(command), query, options));
    });
}
