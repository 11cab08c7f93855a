import type { MemorySample } from '../../compute/compute-task.ts';

/** The task was told to stop, and did. */
export class TaskStopped extends Error {
  override readonly name = 'TaskStopped';

  constructor() {
    super('The task was stopped; it has kept a checkpoint.');
  }
}

/** The task ended by an error of its own. */
export class TaskFailed extends Error {
  override readonly name: string;
  readonly isTransient: boolean;

  constructor(failure: { name: string; message: string; isTransient: boolean }) {
    super(failure.message);
    this.name = failure.name;
    this.isTransient = failure.isTransient;
  }
}

/** The process gave no sign of life for too long, and was killed. */
export class TaskHung extends Error {
  override readonly name = 'ComputeProcessHung';

  constructor(seconds: number) {
    super(`The compute process made no progress for ${seconds} s, and was killed.`);
  }
}

/** The process ended before its task did. The next attempt goes on from the checkpoint. */
export class ProcessDied extends Error {
  override readonly name: 'ComputeProcessDied' | 'OutOfMemory';
  /** Newest last. */
  readonly samples: readonly MemorySample[];

  constructor(name: ProcessDied['name'], message: string, samples: readonly MemorySample[]) {
    super(message);
    this.name = name;
    this.samples = samples;
  }
}

/** A process that had so much more than what was left around it was probably killed for it. */
const STARVED_SHARE = 0.1;
const MIB = 2 ** 20;

/** Names what a process died of. A kernel's kill looks like any SIGKILL: hence "probably". */
export function diedOf(death: {
  readonly code: number | null;
  readonly signal: string | null;
  readonly kernelKills: number;
  readonly samples: readonly MemorySample[];
  /** The end of its error stream. */
  readonly errors: string;
}): ProcessDied {
  const { code, signal, kernelKills, samples, errors } = death;
  const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
  const last = samples.at(-1);
  const used =
    last === undefined
      ? ''
      : ` It last held ${mib(last.rssBytes)} with ${mib(last.freeBytes)} free around it.`;
  const isHeapFull = /heap out of memory|ENOMEM|std::bad_alloc|ResourceExhausted/i.test(errors);
  if (isHeapFull || (signal === 'SIGKILL' && kernelKills > 0)) {
    return new ProcessDied(
      'OutOfMemory',
      `The compute process ran out of memory (${how}).${used}`,
      samples,
    );
  }
  const isStarved = last !== undefined && last.freeBytes < STARVED_SHARE * last.rssBytes;
  if (signal === 'SIGKILL' && isStarved) {
    const message = `The compute process was killed, probably for want of memory.${used}`;
    return new ProcessDied('OutOfMemory', message, samples);
  }
  const lastWords = errors.trim().split('\n').at(-1) ?? '';
  const message = `The compute process ended by ${how}.${used} ${lastWords}`.trim();
  return new ProcessDied('ComputeProcessDied', message, samples);
}

const mib = (bytes: number): string => `${Math.round(bytes / MIB)} MiB`;
