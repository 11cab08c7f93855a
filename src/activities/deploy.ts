import { failPoint } from '../fail-points.ts';
import { renderReport } from '../ml/report/render-report.ts';
import type { ArtifactRef } from '../schemas/artifact.ts';
import type { Deployment } from '../schemas/lifecycle-steps.ts';
import { ModelPackage } from '../schemas/model-package.ts';
import { putJson, readJson } from '../stores/json-artifact.ts';
import type { Stores } from './index.ts';
import { collectReport, type ReportRequest } from './run-report.ts';
import { type Compute, supervise, type WorkOrder } from './supervise.ts';

/** Step 7, the part that reads the model: on a resource's task queue. */
export const createPackagingActivities = (compute: Compute) => ({
  /** Writes the immutable package, reloads it, and refuses it unless it scores the test rows as evaluated. */
  packageModel: (order: WorkOrder<'package'>): Promise<ArtifactRef> =>
    supervise(compute, 'package', order),

  /** Draws the report's page. */
  renderReport: (order: WorkOrder<'render'>): Promise<{ page: ArtifactRef }> =>
    supervise(compute, 'render', order),
});

/** Step 7, the part that publishes: on the main task queue. */
export const createRegistryActivities = (stores: Stores) => ({
  /** Registers a package as the next version of its model and moves the alias; once per run. */
  async registerModel(request: {
    package: ArtifactRef;
    alias: string;
  }): Promise<{ version: number; alias: string }> {
    const { artifacts, registry } = stores;
    const { name, runId, createdAt, evaluation } = ModelPackage.parse(
      await readJson(artifacts, request.package),
    );
    const { version } = await registry.register({
      model: name,
      package: request.package,
      runId,
      createdAt,
      metric: evaluation.metric,
      score: evaluation.score,
      alias: request.alias,
    });
    await failPoint('registered');
    return { version, alias: request.alias };
  },

  /** Writes the run's report, for people and for programs. */
  async writeReport(request: ReportRequest): Promise<Pick<Deployment, 'report' | 'reportJson'>> {
    const { artifacts } = stores;
    const report = await collectReport(stores, request);
    const markdown = Buffer.from(renderReport(report));
    return {
      report: await artifacts.put(markdown, 'text/markdown'),
      reportJson: await putJson(artifacts, report),
    };
  },
});
