/** What the options of several commands have in common. */
import { type Command, InvalidArgumentError } from 'commander';
import { stateDirFrom } from '../state/layout.ts';

/** `--state` is understood before and after the command. */
export function stateOf(command: Command): string {
  const { state } = command.optsWithGlobals<{ state?: string }>();
  return stateDirFrom(state, process.env);
}

export function withState(command: Command): Command {
  return command.option('--state <dir>', 'state directory of the cluster');
}

export function count(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('it must be a whole number.');
  return Number(text);
}

export function portNumber(text: string): number {
  const value = count(text);
  if (value < 1 || value > 65_535) throw new InvalidArgumentError('it must be a port from 1 to 65535.');
  return value;
}

export function portRange(text: string): { first: number; last: number } {
  const [first, last] = text.split('-').map(portNumber);
  if (first === undefined || last === undefined || last < first)
    throw new InvalidArgumentError('it must be like 30000-32767.');
  return { first, last };
}
