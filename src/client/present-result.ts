import { join } from 'node:path';
import type { Config } from '../config.ts';
import type { LifecycleResult } from '../schemas/run.ts';
import { writeAtomically } from '../stores/atomic-file.ts';
import { openStores } from '../stores/index.ts';
import { MissingArtifact } from '../stores/object-artifact-store.ts';
import type { Output } from './output.ts';

/**
 * Copies a run's report out of the store to where people find it: `<home>/reports/<model>/<run>.html`,
 * with `<run>.md` and, for programs, `<run>.json` beside it. Gives the first one's path.
 */
export async function exportReport(
  config: Config,
  { model, runId, report, reportJson, reportHtml }: LifecycleResult,
): Promise<string | null> {
  const stores = openStores(config);
  const base = join(config.home, 'reports', model, runId);
  try {
    await writeAtomically(`${base}.json`, await stores.artifacts.read(reportJson));
    await writeAtomically(`${base}.md`, await stores.artifacts.read(report));
    await writeAtomically(`${base}.html`, await stores.artifacts.read(reportHtml));
    return `${base}.html`;
  } catch (error) {
    // The workers of another cluster keep their own store.
    if (error instanceof MissingArtifact) return null;
    throw error;
  } finally {
    await stores.close();
  }
}

export function webUiAddress(webUi: string, namespace: string, workflowId: string, runId: string) {
  return `${webUi}/namespaces/${namespace}/workflows/${encodeURIComponent(workflowId)}/${runId}`;
}

/** Says what came of a run. */
export function presentResult(
  output: Output,
  result: LifecycleResult,
  places: { readonly report: string | null; readonly webUi: string | null },
): void {
  const { metric, score, interval, model, version, alias, estimator } = result;
  const show = (value: number) => value.toPrecision(4);
  output.line();
  output.line(
    `${metric} ${show(score)} on test rows (95 % interval ${show(interval.low)} to ${show(interval.high)}), by ${estimator}`,
  );
  if (version !== null) {
    output.line(`model    ${model}, version ${version}${alias === null ? '' : ` (${alias})`}`);
  }
  if (places.report !== null) output.line(`report   ${places.report}`);
  if (places.webUi !== null) output.line(`web UI   ${places.webUi}`);
  if (version !== null) {
    output.line(`predict  sevenfold predict ${model} --data new.csv --output predictions.csv`);
  }
}
