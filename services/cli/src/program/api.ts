/** Commands about the API itself; no cluster need run. */
import { type Command, InvalidArgumentError } from 'commander';
import type { ApiFormat } from '../commands/api.ts';

const FORMATS: readonly ApiFormat[] = ['table', 'markdown', 'json'];

function format(text: string): ApiFormat {
  const found = FORMATS.find((each) => each === text);
  if (!found) throw new InvalidArgumentError(`it must be one of ${FORMATS.join(', ')}.`);
  return found;
}

export function addApiCommands(program: Command): void {
  const api = program.command('api').description('what the API covers');
  api
    .command('kinds')
    .description('every kind that is served')
    .option('-o, --output <format>', 'table, markdown or json', format, 'table')
    .action(async ({ output }: { readonly output: ApiFormat }) => {
      const { apiKinds } = await import('../commands/api.ts');
      console.log(apiKinds(output));
    });
  api
    .command('gaps')
    .description('fields that are accepted and kept although nothing acts on them yet')
    .argument('[kind]')
    .option('-o, --output <format>', 'table, markdown or json', format, 'table')
    .action(async (kind: string | undefined, { output }: { readonly output: ApiFormat }) => {
      const { apiGaps } = await import('../commands/api.ts');
      console.log(apiGaps(kind, output));
    });
}
