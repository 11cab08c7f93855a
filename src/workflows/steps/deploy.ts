import type { LifecycleInputs } from '../../pipelines/lifecycle-values.ts';
import type { Job } from '../../schemas/job.ts';
import type { Deployment } from '../../schemas/lifecycle-steps.ts';
import { howToDecide } from '../how-to-decide.ts';
import { type StepContext, workOrder } from './step-context.ts';

/** Step 7: an immutable package, verified by reloading it, then a version in the registry. */
export async function deploy(
  context: StepContext,
  inputs: Omit<LifecycleInputs['deploy'], 'job'> & { readonly job: Job },
): Promise<{ deployment: Deployment }> {
  const { runId, heavy, bookkeeping, note } = context;
  const { job, data, optimisation } = inputs;
  const how = howToDecide(optimisation);
  const packaged = await heavy.run(
    'packageModel',
    'package and verify',
    workOrder<'package'>(context, 'package', {
      runId,
      job,
      data,
      model: optimisation.final,
      ...how,
      evaluation: optimisation.evaluation,
    }),
  );
  const registered = job.deployment.register
    ? await bookkeeping.registerModel({ package: packaged, alias: job.deployment.alias })
    : { version: null, alias: null };
  const { insights } = await heavy.run(
    'explainModel',
    'curves, importance, errors',
    workOrder<'explain'>(context, 'explain', {
      prepared: data.prepared,
      model: optimisation.final,
      ...how,
      seed: job.seed,
    }),
  );
  const reports = await bookkeeping.writeReport({
    ...inputs,
    runId,
    insights,
    package: packaged,
    version: registered.version,
  });
  const { page: reportHtml } = await heavy.run(
    'renderReport',
    'draw the report',
    workOrder<'render'>(context, 'report', { report: reports.reportJson }),
  );
  note(
    'deploy',
    registered.version === null
      ? 'packaged, not registered'
      : `version ${registered.version} is ${registered.alias ?? 'registered'}; ` +
          `report: /v1/reports/${runId} on the prediction server`,
  );
  return { deployment: { package: packaged, ...registered, ...reports, reportHtml } };
}
