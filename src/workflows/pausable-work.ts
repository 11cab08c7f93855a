import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  condition,
  isCancellation,
} from '@temporalio/workflow';

/**
 * Work that can be held up: while paused nothing new begins, and what was under way has been
 * cancelled, each in a scope of its own, so that it keeps a checkpoint and frees its slot. On resume
 * the same work begins again, and finds what it has kept.
 */
export class PausableWork {
  readonly #underWay = new Set<CancellationScope>();
  #paused = false;
  #closed = false;

  get paused(): boolean {
    return this.#paused;
  }

  pause(): void {
    this.#paused = true;
    this.restart();
  }

  resume(): void {
    this.#paused = false;
  }

  /** Stops what is under way at a checkpoint; it goes on at once, or after the pause. */
  restart(): void {
    for (const scope of this.#underWay) scope.cancel();
  }

  /** Stops what is under way for good, and waits until it has ended: no run closes over work that goes on. */
  close(): Promise<void> {
    this.#closed = true;
    return CancellationScope.nonCancellable(async () => {
      this.restart();
      await condition(() => this.#underWay.size === 0);
    });
  }

  /** Waits while paused. */
  async mayStart(): Promise<void> {
    if (this.#paused) await condition(() => !this.#paused);
  }

  /** Does a piece of work, as often as it takes to do it uninterrupted. */
  async run<T>(attempt: () => Promise<T>): Promise<T> {
    for (;;) {
      if (this.#paused) await this.mayStart();
      const scope = new CancellationScope();
      this.#underWay.add(scope);
      try {
        return await scope.run(attempt);
      } catch (error) {
        const isOver = this.#closed || CancellationScope.current().consideredCancelled;
        const wasStopped = scope.consideredCancelled && !isOver;
        if (!wasStopped || isFinal(error)) throw error;
      } finally {
        this.#underWay.delete(scope);
      }
    }
  }
}

/** What was told to stop may also die, or lose its worker, while it does; its own faults stay faults. */
function isFinal(error: unknown): boolean {
  if (isCancellation(error)) return false;
  const cause = error instanceof ActivityFailure ? error.cause : error;
  return (
    !(error instanceof ActivityFailure) ||
    (cause instanceof ApplicationFailure && cause.nonRetryable === true)
  );
}
