import { createHash } from 'node:crypto';
import type { Pipeline } from '../../src/schemas/pipeline.ts';
import { pipelineOf } from './pipelines.ts';

/** Draws from a seed by hashing a counter: the same on every machine. */
export class Draws {
  readonly #seed: string;
  #count = 0;

  constructor(seed: string | number) {
    this.#seed = String(seed);
  }

  /** From 0 to 1. */
  unit(): number {
    const bytes = createHash('sha256')
      .update(`${this.#seed}/${this.#count++}`)
      .digest();
    return bytes.readUInt32BE(0) / 2 ** 32;
  }

  below(count: number): number {
    return Math.floor(this.unit() * count);
  }

  chance(share: number): boolean {
    return this.unit() < share;
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }
}

export interface StepParts {
  readonly uses: string;
  readonly input?: object;
  readonly output?: object;
  readonly exec?: object;
}

/** What steps are made of where nobody carries them out. */
const IMAGINED: StepParts = {
  uses: 'exec',
  exec: { command: ['imagined'] },
  output: { out: 'number', list: 'number[]' },
};

/**
 * A graph of up to a dozen steps with wires, order, conditions, fan-outs, loops and every policy
 * for failures. Each step gives a number and a list of numbers.
 */
export function randomPipeline(seed: number, parts: StepParts = IMAGINED): Pipeline {
  const draws = new Draws(`graph ${seed}`);
  const steps: Record<string, unknown>[] = [];
  const count = 2 + draws.below(10);
  for (let i = 0; i < count; i++) steps.push(randomStep(draws, `s${i}`, steps, parts));
  const last = draws.chance(0.4)
    ? [{ ...parts, id: 'last', with: { numbers: [{ $from: 'steps.s0.out', default: -1 }] } }]
    : [];
  const outputs = Object.fromEntries(
    steps.map(({ id }) => [id, { $from: `steps.${String(id)}.out` }]),
  );
  return pipelineOf(draws.chance(0.5) ? steps.toReversed() : steps, {
    inputs: { list: { type: 'number[]' }, x: { type: 'number' } },
    finally: last,
    outputs,
  });
}

function randomStep(
  draws: Draws,
  id: string,
  earlier: readonly Record<string, unknown>[],
  parts: StepParts,
): Record<string, unknown> {
  const isList = (step: Record<string, unknown>) => step['each'] !== undefined;
  const from = (step: Record<string, unknown>) => {
    const optional = draws.chance(0.3) || (step['onFailure'] === 'continue' && !isList(step));
    return {
      $from: `steps.${String(step['id'])}.out`,
      ...(optional && { default: isList(step) ? [] : -1 }),
    };
  };
  const sources = earlier.filter(() => draws.chance(Math.min(0.6, 2 / (earlier.length + 1))));
  const numbers: unknown[] = sources.map(from);
  const [first, second] = sources.filter((step) => !isList(step));
  if (first !== undefined && second !== undefined && draws.chance(0.3)) {
    numbers.push({ $from: [first, second].map((step) => `steps.${String(step['id'])}.out`) });
  }
  const kind = draws.below(4);
  const listed = sources.find((step) => step['onFailure'] !== 'continue' && !isList(step));
  const items =
    listed === undefined
      ? { $from: 'inputs.list' }
      : { $from: `steps.${String(listed['id'])}.list` };
  const ordered = earlier.filter(() => draws.chance(0.15)).map((step) => step['id']);
  const conditional = first !== undefined && draws.chance(0.2);
  return {
    ...parts,
    id,
    after: ordered,
    onFailure: draws.pick(['fail', 'skip', 'continue']),
    ...(kind === 1 && { each: { in: items, atOnce: 1 + draws.below(4) } }),
    ...(kind === 2 && {
      repeat: { atMost: 1 + draws.below(4), until: { above: [{ $from: 'self.out' }, 700] } },
    }),
    ...(conditional && {
      when: { above: [{ $from: `steps.${String(first['id'])}.out`, default: 0 }, 250] },
    }),
    with: {
      numbers: [
        ...numbers,
        { $from: 'inputs.x' },
        ...(kind === 1 ? [{ $from: 'item' }] : []),
        ...(kind === 2 ? [{ $from: 'previous.out', default: 0 }, { $from: 'iteration' }] : []),
      ],
    },
  };
}
