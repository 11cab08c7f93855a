import { readStartingPoint, type StartingPoint } from '../compute/starting-point.ts';
import { InputError } from '../errors.ts';
import type { Job } from '../schemas/job.ts';
import { findByReference } from '../stores/find-model.ts';
import type { Stores } from './index.ts';

/**
 * A job whose starting point is a version, by hash, with the layers that it has; the job itself where it
 * has none. A job that was resolved before keeps its version.
 */
export async function resolveStart(
  job: Job,
  { artifacts, registry }: Pick<Stores, 'artifacts' | 'registry'>,
): Promise<Job> {
  if (typeof job.startFrom !== 'string') return job;
  const { model, version, package: ref } = await findByReference(registry, job.startFrom);
  const start = await readStartingPoint(artifacts, ref);
  refuseOtherProblem(job, start);
  return {
    ...job,
    task: start.package.problem.task,
    startFrom: { model, version, package: ref },
    estimators: ['mlp'],
    hyperparameters: { ...job.hyperparameters, mlp: layersOf(job, start) },
  };
}

function refuseOtherProblem(
  { target, task, estimators }: Job,
  { package: { problem } }: StartingPoint,
): void {
  if (target !== problem.target) {
    throw conflict('target', target, `the starting point's target '${problem.target}'`);
  }
  if (task !== undefined && task !== problem.task) {
    throw conflict('task', task, `the starting point's task '${problem.task}'`);
  }
  const stray = estimators?.find((name) => name !== 'mlp');
  if (stray !== undefined) {
    throw conflict('estimators', stray, "'mlp' alone, which can begin with its weights");
  }
}

/** Hyperparameters of the MLP: what its layers are is the file's, all else the job's. */
function layersOf({ hyperparameters }: Job, { chain }: StartingPoint): Record<string, unknown> {
  const given = hyperparameters.mlp ?? {};
  const fixed = {
    hiddenLayers: chain.layers.slice(0, -1).map(({ units }) => units),
    ...(chain.activation !== null && { activation: chain.activation }),
  };
  for (const [name, value] of Object.entries(fixed)) {
    if (name in given && JSON.stringify(given[name]) !== JSON.stringify(value)) {
      throw conflict(
        `hyperparameters.mlp.${name}`,
        given[name],
        `what the starting point has: ${JSON.stringify(value)}`,
      );
    }
  }
  return { ...(chain.dropout !== null && { dropout: chain.dropout }), ...given, ...fixed };
}

const conflict = (field: string, value: unknown, expected: string): InputError =>
  new InputError({
    code: 'ConflictingOptions',
    field,
    value,
    expected,
    remedy: `Change '${field}', or leave out startFrom.`,
  });
