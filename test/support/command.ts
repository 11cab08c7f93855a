import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const launcher = resolve(import.meta.dirname, '../../bin/sevenfold.js');

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The last line of the output, where `--json` puts the result. */
  readonly json: Record<string, unknown>;
}

/** A home of its own for the command, and for the local stack that it starts. */
export class CommandHome {
  readonly home: string;
  readonly environment: NodeJS.ProcessEnv;

  private constructor(home: string) {
    this.home = home;
    this.environment = { ...process.env, SEVENFOLD_HOME: home };
    // A developer's own cluster must not be taken for the test's.
    delete this.environment['TEMPORAL_ADDRESS'];
    delete this.environment['SEVENFOLD_SERVE_PORT'];
  }

  static async create(folder = tmpdir()): Promise<CommandHome> {
    return new CommandHome(await mkdtemp(join(folder, 'sevenfold-test-')));
  }

  /**
   * A home on a disk that will be full. Temporal's database lies beside it: what a full disk does
   * to Temporal is not ours to mend.
   */
  static async createOn(disk: string, beside: string): Promise<CommandHome> {
    const made = await CommandHome.create(disk);
    await symlink(join(beside, 'temporal.db'), join(made.home, 'temporal.db'));
    return made;
  }

  /** Runs `sevenfold <arguments>`, whatever its exit code. */
  run(...args: string[]): Promise<CommandResult> {
    return this.runIn({}, ...args);
  }

  runIn(
    options: { readonly folder?: string; readonly environment?: NodeJS.ProcessEnv },
    ...args: string[]
  ): Promise<CommandResult> {
    return new Promise((done) => {
      execFile(
        process.execPath,
        [launcher, ...args],
        {
          env: { ...this.environment, ...options.environment },
          cwd: options.folder ?? this.home,
          maxBuffer: 64 * 2 ** 20,
        },
        (error, stdout, stderr) => {
          const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
          done({ code, stdout, stderr, json: lastLine(stdout) });
        },
      );
    });
  }

  /**
   * The same in the process of the test, where starting one for each of many commands would take most of the time. One
   * at a time: it has the variables and the output of this process for itself.
   */
  async runHere(...args: string[]): Promise<CommandResult> {
    const { main } = await import('../../src/client/cli.ts');
    const variables = process.env;
    const [stdout, stderr] = [new Capture(process.stdout), new Capture(process.stderr)];
    process.env = { ...this.environment };
    try {
      const code = await main(args);
      return { code, stdout: stdout.text, stderr: stderr.text, json: lastLine(stdout.text) };
    } finally {
      process.env = variables;
      stdout.end();
      stderr.end();
    }
  }

  /** Starts `sevenfold <arguments>`, as in a terminal, and leaves it running. */
  start(...args: string[]): RunningCommand {
    const options = { env: this.environment, cwd: this.home };
    return new RunningCommand(spawn(process.execPath, [launcher, ...args], options));
  }

  /** Ends the local stack, if one runs, and takes everything away. */
  async remove(): Promise<void> {
    await this.runHere('down');
    await rm(this.home, { recursive: true, force: true });
  }
}

/** A command that has not ended yet. */
export class RunningCommand {
  readonly ended: Promise<CommandResult>;
  readonly #child: ChildProcess;
  #stdout = '';
  #stderr = '';

  constructor(child: ChildProcess) {
    this.#child = child;
    child.stdout?.on('data', (text: Buffer) => (this.#stdout += text.toString()));
    child.stderr?.on('data', (text: Buffer) => (this.#stderr += text.toString()));
    this.ended = new Promise((resolve) => {
      child.once('close', (code) =>
        resolve({
          code: code ?? -1,
          stdout: this.#stdout,
          stderr: this.#stderr,
          json: lastLine(this.#stdout),
        }),
      );
    });
  }

  /** What it has said so far. */
  get said(): string {
    return this.#stdout + this.#stderr;
  }

  /** Sends a signal, as Ctrl-C in a terminal does, and waits for its end. */
  async interrupt(signal: 'SIGINT' | 'SIGTERM' | 'SIGKILL' = 'SIGINT'): Promise<CommandResult> {
    this.#child.kill(signal);
    return this.ended;
  }
}

/** What is written to a stream, in place of writing it. */
class Capture {
  text = '';
  readonly #stream: NodeJS.WriteStream;
  readonly #write: NodeJS.WriteStream['write'];

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    this.#write = stream.write;
    stream.write = (text: string | Uint8Array) => {
      this.text += text.toString();
      return true;
    };
  }

  end(): void {
    this.#stream.write = this.#write;
  }
}

function lastLine(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text.trim().split('\n').at(-1) ?? '') as Record<string, unknown>;
  } catch {
    return {};
  }
}
