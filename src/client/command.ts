import { type ParseArgsConfig, parseArgs } from 'node:util';
import type { Config } from '../config.ts';
import { InputError } from '../errors.ts';
import { nearestName } from '../nearest.ts';
import type { Output } from './output.ts';

type OptionsConfig = NonNullable<ParseArgsConfig['options']>;

/** What a command was called with. */
export interface Invocation {
  readonly config: Config;
  readonly output: Output;
  readonly positionals: readonly string[];
  readonly options: Options;
}

/** One subcommand of `sevenfold`. */
export interface Command {
  /** What follows `sevenfold <name>`. */
  readonly usage: string;
  readonly options: OptionsConfig;
  /** Carries it out and gives the exit code. */
  run(invocation: Invocation): Promise<number>;
}

/** 0: done. 1: the run failed. 2: what the user gave is not right. 3: something Sevenfold needs is not there. */
export const ExitCode = { done: 0, failed: 1, badInput: 2, unavailable: 3, detached: 130 } as const;

/** Options that every command takes. */
export const commonOptions = {
  json: { type: 'boolean' },
  debug: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} satisfies OptionsConfig;

/** Parsed options, read by name and kind. */
export class Options {
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values;
  }

  text(name: string): string | undefined {
    const value = this.#values[name];
    return typeof value === 'string' ? value : undefined;
  }

  list(name: string): readonly string[] {
    const value = this.#values[name];
    return Array.isArray(value) ? value.map(String) : [];
  }

  has(name: string): boolean {
    return this.#values[name] === true;
  }

  /** A whole number within limits; undefined when the option is not given. */
  wholeNumber(name: string, least: number, most: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    throw usageError(`--${name}`, text, `a whole number from ${least} to ${most}`);
  }

  /** A length of time such as 30m, 24h or 90d, in milliseconds; undefined when it is not given. */
  durationMs(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const [, amount, unit] = /^(\d+(?:\.\d+)?)([smhd])$/.exec(text) ?? [];
    if (amount !== undefined && unit !== undefined) return Number(amount) * (UNITS[unit] ?? 0);
    throw usageError(`--${name}`, text, 'a length of time such as 30m, 24h or 90d');
  }
}

/** Milliseconds by unit. */
const UNITS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

export function parseArguments(command: Command, argv: readonly string[]) {
  const options = { ...commonOptions, ...command.options };
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
    return { options: new Options(values), positionals };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const option = /'(--?[^' ]+)/.exec(message)?.[1] ?? argv.join(' ');
    const nearest = nearestName(option.replace(/^--?/, ''), Object.keys(options));
    throw usageError(
      option,
      argv.join(' '),
      message.split('. ')[0] ?? message,
      nearest === undefined ? undefined : `Did you mean '--${nearest}'?`,
    );
  }
}

/** The one positional argument that a command needs. */
export function onlyPositional({ positionals }: Invocation, what: string): string {
  const [first, ...others] = positionals;
  if (first !== undefined && others.length === 0) return first;
  throw usageError(what, positionals.join(' '), `one ${what}`);
}

/** The value of an option that a command can't do without. */
export function requiredOption({ options }: Invocation, name: string): string {
  const value = options.text(name);
  if (value === undefined) throw usageError(`--${name}`, undefined, `a value for --${name}`);
  return value;
}

/** The value of an option that takes one of some. */
export function oneOf<Value extends string>(
  options: Options,
  name: string,
  values: readonly Value[],
): Value | undefined {
  const given = options.text(name);
  const found = values.find((value) => value === given);
  if (found !== undefined || given === undefined) return found;
  throw usageError(`--${name}`, given, `one of ${values.join(', ')}`);
}

export const usageError = (field: string, value: unknown, expected: string, remedy?: string) =>
  new InputError({
    code: 'UsageError',
    field,
    value,
    expected,
    remedy: remedy ?? "See 'sevenfold help'.",
  });
