import type { LifecycleResult } from '../../src/schemas/run.ts';
import { TrainingOutcome } from '../../src/schemas/training.ts';
import type { OpenStores } from '../../src/stores/index.ts';
import { readJson } from '../../src/stores/json-artifact.ts';
import { stepDocument, trialDocuments } from '../../src/stores/run-documents.ts';

/** Fields that tell when, where and for how long, and so differ between runs that did the same. */
const CIRCUMSTANCES = new Set(['seconds', 'startedAt', 'finishedAt', 'runId', 'at', 'version']);
/** Documents that name the run that they are of: their hashes differ as it does. */
const OF_THE_RUN = new Set(['package', 'report', 'reportJson', 'reportHtml', 'key', 'deployment']);
const STEPS = ['preprocess', 'select', 'tune', 'train', 'evaluate', 'optimise'];

/** All that an undisturbed run and a disturbed one must have in common. */
export interface Essence {
  readonly result: unknown;
  /** What each step was given and gave. */
  readonly steps: unknown;
  readonly trials: unknown;
  /** The metric series of every training, epoch by epoch. */
  readonly curves: unknown;
}

export async function essenceOf(
  { artifacts, documents }: OpenStores,
  result: LifecycleResult,
): Promise<Essence> {
  const { runId } = result;
  const steps: Record<string, unknown> = {};
  for (const step of STEPS) steps[step] = await documents.read(stepDocument(runId, step));
  const keys = await documents.list(trialDocuments(runId));
  const trials = await Promise.all(keys.map((key) => documents.read(key)));
  const curves = await Promise.all(
    outcomesIn([steps, trials]).map(({ curve }) => readJson(artifacts, curve)),
  );
  return {
    result: strip(result),
    steps: strip(steps),
    trials: strip(trials),
    curves,
  };
}

/** Paths at which two essences differ; none when the runs did the same. */
export function differences(a: unknown, b: unknown, path = ''): string[] {
  if (Object.is(a, b)) return [];
  const areObjects = typeof a === 'object' && typeof b === 'object' && a !== null && b !== null;
  if (!areObjects) return [`${path}: ${JSON.stringify(a)} became ${JSON.stringify(b)}`];
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...keys].flatMap((key) => differences(left[key], right[key], `${path}/${key}`));
}

function strip(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(strip);
  const kept = Object.entries(value).filter(
    ([name]) => !CIRCUMSTANCES.has(name) && !OF_THE_RUN.has(name),
  );
  return Object.fromEntries(kept.map(([name, inner]) => [name, strip(inner)]));
}

/** Every training that a run's record tells of, in the order of the record. */
function outcomesIn(value: unknown): TrainingOutcome[] {
  const parsed = TrainingOutcome.safeParse(value);
  if (parsed.success) return [parsed.data];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(outcomesIn);
}
