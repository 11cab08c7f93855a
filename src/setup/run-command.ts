import { spawn } from 'node:child_process';
import { InputError } from '../errors.ts';
import type { Progress } from './progress.ts';

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  /** Told every 15 seconds that the command still runs. */
  readonly progress?: Progress;
}

const STILL_RUNNING_MS = 15_000;
const TAIL_LINES = 12;

/** Runs a command to its end and returns its standard output; failing is an InputError with its last lines. */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const startedAt = Date.now();
  const still = setInterval(() => {
    options.progress?.(`… ${Math.round((Date.now() - startedAt) / 1000)} s`);
  }, STILL_RUNNING_MS);
  try {
    const { code, stdout, output } = await collect(command, args, options);
    if (code === 0) return stdout;
    throw commandFailed(command, args, `exit code ${code}`, lastLines(output));
  } finally {
    clearInterval(still);
  }
}

interface Outcome {
  readonly code: number | string;
  readonly stdout: string;
  readonly output: string;
}

function collect(
  command: string,
  args: readonly string[],
  { cwd, env, timeoutMs }: CommandOptions,
): Promise<Outcome> {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: timeoutMs,
  });
  let stdout = '';
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
    output += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => reject(commandFailed(command, args, cause.message, '', cause)));
    child.once('close', (code, signal) => resolve({ code: code ?? signal ?? -1, stdout, output }));
  });
}

const lastLines = (text: string): string =>
  text.trimEnd().split('\n').slice(-TAIL_LINES).join('\n');

function commandFailed(
  command: string,
  args: readonly string[],
  value: string,
  output: string,
  cause?: Error,
): InputError {
  const problem = {
    code: 'CommandFailed',
    field: [command, ...args].join(' '),
    value,
    expected: 'success',
    remedy: output === '' ? 'Run `npx sevenfold doctor`.' : `It said:\n${output}`,
  };
  return new InputError(problem, cause === undefined ? undefined : { cause });
}
