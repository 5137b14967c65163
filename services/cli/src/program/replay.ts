/** Commands that fold the log: what it means, and whether everything else agrees. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { count, stateOf, withState } from './options.ts';

export function addReplayCommands(program: Command): void {
  withState(program.command('verify'))
    .description('check that log, state and NATS agree (L1, L3, L6), while the cluster runs')
    .option('-o, --output <format>', 'text or json', 'text')
    .addHelpText('after', '\nExit code: 0 all hold, 2 one is broken, 1 it could not be checked.')
    .action(async (options, command: Command) => {
      const { exitCodeOf, verificationText, verify } = await import('../commands/verify.ts');
      const result = await verify(stateOf(command));
      console.log(options.output === 'json' ? JSON.stringify(result, null, 2) : verificationText(result));
      process.exitCode = exitCodeOf(result);
    });

  withState(program.command('replay'))
    .description('fold the log, and prove the result equal to the recorded state')
    .option('--to <when>', 'a revision, a time, "10 minutes ago" (default: the head)')
    .option('--into <dir>', 'make a cluster as of then in this state directory')
    .option('-o, --output <format>', 'text or json', 'text')
    .action(async (options, command: Command) => {
      const { replay, replayText } = await import('../commands/replay.ts');
      const into = options.into === undefined ? undefined : resolve(options.into);
      const result = await replay(stateOf(command), { to: options.to, into });
      console.log(options.output === 'json' ? JSON.stringify(result, null, 2) : replayText(result));
    });

  withState(program.command('fork'))
    .description('the cluster as of a moment once more, on nodes that only pretend: to see what would happen')
    .argument('<when>', 'a revision, a time, or "10 minutes ago"')
    .requiredOption('--into <dir>', 'its own state directory')
    .option('--hollow <n>', 'nodes', count, 1)
    .option('-o, --output <format>', 'text or json', 'text')
    .action(async (when: string, options, command: Command) => {
      const { fork, forkText } = await import('../commands/fork.ts');
      const { hollow } = options;
      const made = await fork(stateOf(command), { at: when, into: resolve(options.into), hollow });
      console.log(options.output === 'json' ? JSON.stringify(made, null, 2) : forkText(made));
    });
}
