import { readConfig } from '../config.ts';
import { InputError } from '../errors.ts';
import { nearestName } from '../nearest.ts';
import { StoreUnavailable } from '../stores/s3-errors.ts';
import { ExitCode, parseArguments, usageError } from './command.ts';
import { type CommandEntry, commands } from './commands/index.ts';
import { Output } from './output.ts';
import { describeRunFailure, RunFailed } from './run-failure.ts';

/** Faults of the surroundings rather than of what the user gave. */
const UNAVAILABLE = [
  'NoTemporalServer',
  'PortInUse',
  'NoDiskSpace',
  'StoreFull',
  'SetupFailed',
  'StackFailed',
];

/** Runs `sevenfold <arguments>` and gives its exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  const [name = 'help', ...rest] = argv;
  const output = new Output(rest.includes('--json'));
  try {
    if (['help', '--help', '-h'].includes(name)) return await showHelp(output, rest[0]);
    const command = await findCommand(name).load();
    const { options, positionals } = parseArguments(command, rest);
    if (options.has('help')) return await showHelp(output, name);
    return await command.run({ config: readConfig(), output, options, positionals });
  } catch (error) {
    return reportError(error, output, rest.includes('--debug'));
  }
}

function findCommand(name: string): CommandEntry {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command !== undefined) return command;
  const nearest = nearestName(name, Object.keys(commands));
  throw usageError(
    'command',
    name,
    `one of ${Object.keys(commands).join(', ')}`,
    nearest === undefined ? undefined : `Did you mean 'sevenfold ${nearest}'?`,
  );
}

async function showHelp(output: Output, name = ''): Promise<number> {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command !== undefined) {
    const { usage } = await command.load();
    output.line(`${command.summary}\n\nsevenfold ${name} ${usage}`);
    return ExitCode.done;
  }
  const width = Math.max(...Object.keys(commands).map((each) => each.length));
  output.line('Sevenfold: the machine-learning lifecycle as durable workflows.\n');
  for (const [each, { summary }] of Object.entries(commands)) {
    output.line(`  sevenfold ${each.padEnd(width)}  ${summary}`);
  }
  output.line("\nEvery command takes --json, --debug and --help. Start with 'sevenfold demo'.");
  return ExitCode.done;
}

function reportError(error: unknown, output: Output, debug: boolean): number {
  const isRunFailure = error instanceof RunFailed;
  const problem = error instanceof InputError ? error.problem : isRunFailure ? error.problem : null;
  const message = isRunFailure
    ? describeRunFailure(error)
    : error instanceof Error
      ? error.message
      : String(error);
  output.error(`error: ${message}`);
  if (debug && error instanceof Error) output.error(error.stack ?? '');
  output.result({ error: { message, ...problem } });
  if (error instanceof StoreUnavailable) return ExitCode.unavailable;
  if (problem === null) return ExitCode.failed;
  return UNAVAILABLE.includes(problem.code) ? ExitCode.unavailable : ExitCode.badInput;
}
