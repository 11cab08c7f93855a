import type { Hit } from './disturbances.ts';
import type { ScenarioRun } from './run-scenario.ts';
import { type Campaign, INTERVAL_SECONDS, type Scenario } from './scenarios.ts';

/** A slice of training that is under way when a checkpoint is due ends first. */
const SLICE_MS = 2_000;
/** Longest time (p95) until work is taken up again, by what was done to its process. */
const RECOVERY_LIMITS_MS: Record<string, number> = {
  'SIGKILL compute process': 10_000,
  'SIGKILL CPU worker': 10_000,
  'SIGTERM CPU worker': 5_000,
};

/** Tells of each scenario as a row of a markdown table, and gathers what must not be. */
export class ChaosReport {
  readonly #asksForTimes: boolean;
  readonly #hits: Hit[] = [];
  readonly #failures: string[] = [];

  constructor({ asksForTimes }: { readonly asksForTimes: boolean }) {
    this.#asksForTimes = asksForTimes;
  }

  begin(): void {
    console.log(
      '| scenario | hits | in work | identical | redone p95 / max, s | recovery p50 / p95, s | run, s |',
    );
    console.log('|---|---|---|---|---|---|---|');
  }

  undisturbed({ seconds }: ScenarioRun): void {
    console.log(`| undisturbed | 0 | 0 | – | – | – | ${seconds.toFixed(0)} |`);
  }

  skip({ scenarios }: Campaign, why: string): void {
    for (const { name } of scenarios) console.log(`| ${name} | skipped: ${why} | | | | | |`);
  }

  add({ name, intervals, points }: Scenario, run: ScenarioRun, different: string[]): void {
    const { hits, seconds } = run;
    this.#hits.push(...hits);
    const redone = hits.filter((hit) => hit.inWork).map(({ redoneMs }) => redoneMs);
    const recovered = hits.flatMap(({ recoveredMs }) => recoveredMs ?? []);
    const redoneLimitMs = intervals * INTERVAL_SECONDS * 1000 + SLICE_MS;
    if (different.length > 0) this.#failures.push(`${name}: ${different.slice(0, 5).join('; ')}`);
    if (this.#asksForTimes && quantile(redone, 1) > redoneLimitMs) {
      this.#failures.push(
        `${name}: a hit cost ${quantile(redone, 1)} ms of work; ${redoneLimitMs} are allowed`,
      );
    }
    // How often a short run can be hit depends on the machine, too.
    const fewest = (this.#asksForTimes ? 3 : 1) * (points?.length ?? 1);
    if (hits.length < fewest) {
      this.#failures.push(`${name}: only ${hits.length} hits`);
    }
    const cells = [
      name,
      hits.length,
      redone.length,
      different.length === 0 ? 'yes' : 'NO',
      show(redone, 0.95, 1),
      show(recovered, 0.5, 0.95),
      seconds.toFixed(0),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }

  /** @param faults what the checker has found after the last run of a stack */
  check(faults: readonly unknown[]): void {
    this.#failures.push(...faults.map((fault) => `the checker: ${JSON.stringify(fault)}`));
    console.error(`the checker: ${faults.length} faults`);
  }

  /** Sums up; whether nothing was amiss. */
  end(): boolean {
    for (const [what, limitMs] of Object.entries(RECOVERY_LIMITS_MS)) this.#sumUp(what, limitMs);
    const inWork = this.#hits.filter((hit) => hit.inWork).length;
    console.log(`${this.#hits.length} hits, ${inWork} of them in the middle of work`);
    for (const failure of this.#failures) console.log(`FAILED: ${failure}`);
    const isGood = this.#failures.length === 0;
    console.log(
      isGood
        ? 'every run came to the same, and the checker has found nothing'
        : `${this.#failures.length} failures`,
    );
    return isGood;
  }

  #sumUp(what: string, limitMs: number): void {
    const times = this.#hits
      .filter((hit) => hit.what === what)
      .flatMap(({ recoveredMs }) => recoveredMs ?? []);
    if (times.length === 0) return;
    const slow = quantile(times, 0.95);
    console.log(
      `${what}: ${times.length} recoveries, p50 ${quantile(times, 0.5)} ms, p95 ${slow} ms`,
    );
    if (this.#asksForTimes && slow > limitMs) {
      this.#failures.push(`${what}: recovery took ${slow} ms (p95); ${limitMs} are allowed`);
    }
  }
}

const show = (values: readonly number[], ...quantiles: number[]): string =>
  values.length === 0
    ? '–'
    : quantiles.map((q) => (quantile(values, q) / 1000).toFixed(1)).join(' / ');

function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;
}
