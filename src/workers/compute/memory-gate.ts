interface Waiting {
  readonly bytes: number;
  readonly enter: () => void;
}

/** Lets in as much work at once as fits the memory, first come, first served. */
export class MemoryGate {
  readonly #limit: number;
  readonly #waiting: Waiting[] = [];
  #used = 0;

  constructor(limitBytes: number) {
    this.#limit = limitBytes;
  }

  /**
   * Waits until there is room, does the work, and gives the room back. What asks for more than
   * there is at all gets the whole of it, alone.
   */
  async admit<T>(bytes: number, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const share = Math.min(bytes, this.#limit);
    await this.#enter(share, signal);
    try {
      return await work();
    } finally {
      this.#used -= share;
      this.#letIn();
    }
  }

  #enter(bytes: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        reject(signal.reason);
        this.#letIn();
      };
      const waiting: Waiting = {
        bytes,
        enter: () => {
          signal.removeEventListener('abort', leave);
          resolve();
        },
      };
      if (signal.aborted) return reject(signal.reason);
      signal.addEventListener('abort', leave, { once: true });
      this.#waiting.push(waiting);
      this.#letIn();
    });
  }

  #letIn(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (this.#used + next.bytes > this.#limit) return;
      this.#waiting.shift();
      this.#used += next.bytes;
      next.enter();
    }
  }
}
