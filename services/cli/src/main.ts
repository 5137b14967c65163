/** The command line: each command's own file is loaded only when it runs, so that the others cost nothing. */
import { styleText } from 'node:util';
import { Command } from 'commander';
import { CliError } from './errors.ts';
import { endWithReader } from './output/closed-pipe.ts';
import { addApiCommands } from './program/api.ts';
import { addApplyCommands } from './program/apply.ts';
import { addClusterCommands } from './program/cluster.ts';
import { addHistoryCommands } from './program/history.ts';
import { addImageCommands } from './program/image.ts';
import { addLogCommands } from './program/log.ts';
import { addQualityCommands } from './program/quality.ts';
import { addReplayCommands } from './program/replay.ts';
import { addRestoreCommands } from './program/restore.ts';
import { addSecretsCommands } from './program/secrets.ts';
import { addTokensCommands } from './program/tokens.ts';

endWithReader(process.stdout);

const program = new Command('reckon')
  .description('Container orchestration that speaks the Kubernetes API and forgets nothing.')
  .option('--state <dir>', 'state directory of the cluster (default: /var/lib/reckon, or RECKON_STATE)')
  .enablePositionalOptions()
  .showHelpAfterError('(see: ./reckon help)');

addClusterCommands(program);
addImageCommands(program);
addLogCommands(program);
addApplyCommands(program);
addRestoreCommands(program);
addHistoryCommands(program);
addApiCommands(program);
addQualityCommands(program);
addReplayCommands(program);
addSecretsCommands(program);
addTokensCommands(program);

try {
  await program.parseAsync();
} catch (error) {
  const mark = styleText('red', 'error:', { stream: process.stderr });
  if (error instanceof CliError) {
    process.stderr.write(`${mark} ${error.message}\n`);
    if (error.hint !== undefined) process.stderr.write(`  → ${error.hint}\n`);
  } else {
    process.stderr.write(
      `${mark} ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
  }
  process.exitCode = 1;
}
