import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { exportReport } from '../../src/client/present-result.ts';
import { readConfig } from '../../src/config.ts';
import type { LifecycleResult } from '../../src/schemas/run.ts';
import { openStores } from '../../src/stores/index.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const home = await temporaryFolder('reports');

test('a report is copied out of the store, and one of a store elsewhere is not missed', async () => {
  const config = readConfig({ SEVENFOLD_HOME: home });
  const stores = openStores(config);
  const report = await stores.artifacts.put(Buffer.from('# Report'), 'text/markdown');
  const reportJson = await stores.artifacts.put(Buffer.from('{}'), 'application/json');
  const reportHtml = await stores.artifacts.put(Buffer.from('<h1>Report</h1>'), 'text/html');
  const result = { model: 'm', runId: 'r', report, reportJson, reportHtml } as LifecycleResult;
  const path = await exportReport(config, result);
  expect(path).toBe(join(config.home, 'reports', 'm', 'r.html'));
  expect(await readFile(path ?? '', 'utf8')).toBe('<h1>Report</h1>');
  expect(await readFile(join(config.home, 'reports', 'm', 'r.md'), 'utf8')).toBe('# Report');
  await stores.objects.remove(report.uri);
  expect(await exportReport(config, result)).toBeNull();
  await stores.close();
});
