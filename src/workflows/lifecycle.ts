import { workflowInfo } from '@temporalio/workflow';
import type { Values } from '../pipelines/graph-state.ts';
import type { Deployment, Optimisation, Preprocessed, Tuning } from '../schemas/lifecycle-steps.ts';
import type { LifecycleInput } from '../schemas/rerun.ts';
import type { LifecycleResult } from '../schemas/run.ts';
import { lifecyclePipeline, singleStepPipeline } from './lifecycle-pipeline.ts';
import { runLifecycle } from './lifecycle-run.ts';

/**
 * The seven steps on one job, from raw table to registered model: the default graph.
 * `{ "data": "customers.csv", "target": "churned" }` is a whole job, and
 * `{ "rerun": { "runId": "…", "from": "train" } }` does a closed one again from a step on.
 */
export function lifecycle(input: LifecycleInput): Promise<LifecycleResult> {
  return runLifecycle({
    pipeline: lifecyclePipeline,
    input,
    inputs: {},
    describe(run, outputs) {
      const result = describeResult(run, outputs);
      return { result, score: result.score };
    },
  });
}

/** One of the seven steps alone, as a part of another graph: its inputs by name, to its outputs by name. */
export function lifecycleStep({
  step,
  inputs,
}: {
  readonly step: string;
  readonly inputs: Values;
}): Promise<Values> {
  return runLifecycle({
    pipeline: singleStepPipeline(step),
    input: inputs['job'],
    inputs,
    describe: (_, result) => ({ result, score: null }),
  });
}

function describeResult(
  { runId, model }: { readonly runId: string; readonly model: string },
  outputs: Values,
): LifecycleResult {
  const { data, tuning, optimisation, deployment } = outputs as {
    data: Preprocessed;
    tuning: Tuning;
    optimisation: Optimisation;
    deployment: Deployment;
  };
  const { evaluation, chosen, final } = optimisation;
  return {
    schemaVersion: 1,
    runId,
    model,
    version: deployment.version,
    alias: deployment.alias,
    task: data.problem.task,
    estimator: final.candidate.estimator,
    metric: evaluation.metric,
    score: evaluation.score,
    interval: evaluation.interval,
    metrics: evaluation.metrics,
    validationScore: chosen.validationScore,
    trials: tuning.trials,
    rounds: optimisation.rounds.length,
    weightsHash: final.weightsHash,
    transformHash: data.transform.sha256,
    package: deployment.package,
    report: deployment.report,
    reportJson: deployment.reportJson,
    reportHtml: deployment.reportHtml,
    seconds: (Date.now() - workflowInfo().startTime.getTime()) / 1000,
  };
}
