import { renderPage } from '../ml/report/page.ts';
import { RunReport } from '../schemas/report.ts';
import { readJson } from '../stores/json-artifact.ts';
import type { Task } from './compute-task.ts';

/** A run's report as a page with charts: drawing them would hold up an event loop. */
export const renderReport: Task<'render'> = async ({ report }, { stores: { artifacts } }) => {
  const page = renderPage(RunReport.parse(await readJson(artifacts, report)));
  return { page: await artifacts.put(Buffer.from(page), 'text/html') };
};
