import type { RunBudget, Step } from '../schemas/pipeline.ts';
import type { Usage } from '../schemas/pipeline-run.ts';

type Spent = Omit<Usage, 'trials'>;

const HOUR_SECONDS = 3_600;

/** What a run has cost, what goes on costing, and when its budget will be spent. */
export class RunCosts {
  readonly #budget: RunBudget;
  readonly #startedAtMs: number;
  /** When each task that is under way began, and what holds its resources. */
  readonly #underWay = new Map<string, { readonly step: Step; readonly sinceMs: number }>();
  #spent: Spent;
  #pausedMs = 0;

  constructor(
    budget: RunBudget | undefined,
    startedAtMs: number,
    spent: Spent = { seconds: 0, gpuSeconds: 0, money: 0 },
    pausedMs = 0,
  ) {
    this.#budget = budget ?? { prices: {} };
    this.#startedAtMs = startedAtMs;
    this.#spent = spent;
    this.#pausedMs = pausedMs;
  }

  get spent(): Spent {
    return this.#spent;
  }

  get pausedMs(): number {
    return this.#pausedMs;
  }

  /** Whether the budget says where to stop. */
  get areLimited(): boolean {
    const { seconds, gpuSeconds, money } = this.#budget;
    return [seconds, gpuSeconds, money].some((limit) => limit !== undefined);
  }

  begun(key: string, step: Step, nowMs: number): void {
    this.#underWay.set(key, { step, sinceMs: nowMs });
  }

  /** @param seconds of work, as whoever did it says; undefined: all the time since it began */
  ended(key: string, nowMs: number, seconds?: number): void {
    const task = this.#underWay.get(key);
    if (task === undefined) return;
    this.#underWay.delete(key);
    this.add(this.#cost(task.step, seconds ?? (nowMs - task.sinceMs) / 1000));
  }

  add({ seconds, gpuSeconds, money }: Spent): void {
    const { seconds: s, gpuSeconds: g, money: m } = this.#spent;
    this.#spent = { seconds: s + seconds, gpuSeconds: g + gpuSeconds, money: m + money };
  }

  paused(ms: number): void {
    this.#pausedMs += ms;
  }

  /** What is spent first, and in how many milliseconds; null where nothing ever is. */
  nextLimit(nowMs: number): { readonly inMs: number; readonly what: string } | null {
    const { seconds, gpuSeconds, money } = this.#budget;
    const rates = [...this.#underWay.values()].map(({ step, sinceMs }) => ({
      rate: this.#cost(step, 1),
      so: this.#cost(step, (nowMs - sinceMs) / 1000),
    }));
    const left = (limit: number, of: 'gpuSeconds' | 'money') => {
      const used = this.#spent[of] + rates.reduce((sum, { so }) => sum + so[of], 0);
      const rate = rates.reduce((sum, each) => sum + each.rate[of], 0);
      if (used >= limit) return 0;
      return rate === 0 ? Number.POSITIVE_INFINITY : ((limit - used) / rate) * 1000;
    };
    const elapsedMs = nowMs - this.#startedAtMs - this.#pausedMs;
    const limits = [
      ...(seconds === undefined
        ? []
        : [{ inMs: seconds * 1000 - elapsedMs, what: `${seconds} s` }]),
      ...(gpuSeconds === undefined
        ? []
        : [{ inMs: left(gpuSeconds, 'gpuSeconds'), what: `${gpuSeconds} GPU-seconds` }]),
      ...(money === undefined ? [] : [{ inMs: left(money, 'money'), what: `a cost of ${money}` }]),
    ].filter(({ inMs }) => Number.isFinite(inMs));
    return limits.toSorted((a, b) => a.inMs - b.inMs)[0] ?? null;
  }

  #cost({ resources }: Step, seconds: number): Spent {
    const { cpuHour = 0, gpuHour = 0 } = this.#budget.prices;
    const gpus = resources.gpu === 'none' ? 0 : resources.gpus;
    const gpuSeconds = gpus * seconds;
    const money = (seconds * (gpus === 0 ? cpuHour : 0) + gpuSeconds * gpuHour) / HOUR_SECONDS;
    return { seconds, gpuSeconds, money };
  }
}
