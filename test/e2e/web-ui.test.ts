import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchChromium } from '../support/chromium.ts';
import { CommandHome } from '../support/command.ts';
import { quickJob, quickOptions } from '../support/quick-job.ts';
import { slowJob } from '../support/slow-job.ts';
import { customerHeader, customers, writeCsv } from '../support/tables.ts';
import { until } from '../support/until.ts';

const STEPS = ['preprocess', 'select', 'tune', 'train', 'evaluate', 'optimise', 'deploy'];

let home: CommandHome;
let browser: Browser;
let page: Page;
let stack: { webUi: string; namespace: string };

beforeAll(async () => {
  home = await CommandHome.create();
  const dev = await home.runHere('dev', '--detach', '--json');
  expect(dev.code).toBe(0);
  stack = dev.json as unknown as typeof stack;
  browser = await launchChromium();
  page = await browser.newPage({ viewport: { width: 1400, height: 1600 } });
}, 600_000);
afterAll(async () => {
  await browser.close();
  await home.remove();
}, 60_000);

/** Shows a run, or one tab of its page: some tabs load only when they are come to from the first. */
async function show(workflowId: string, runId: string, tab?: string): Promise<void> {
  const id = encodeURIComponent(workflowId);
  await page.goto(`${stack.webUi}/namespaces/${stack.namespace}/workflows/${id}/${runId}`);
  if (tab !== undefined) await page.getByText(tab).first().click();
}

/** The Web UI draws markdown in frames; the same words may also stand in what is folded away. */
async function isShown(text: string | RegExp): Promise<boolean> {
  const counts = page
    .frames()
    .map((frame) => frame.getByText(text).filter({ visible: true }).count());
  // A frame may go while it is looked at.
  return (await Promise.all(counts).catch(() => [])).some((count) => count > 0);
}

const LOOKS = 40;

/** Waits until a page shows all texts; shows it anew where the UI does not refresh by itself. */
async function expectTexts(showPage: () => Promise<unknown>, texts: (string | RegExp)[]) {
  await until(async () => {
    await showPage();
    const missing = new Set(texts);
    for (let look = 0; look < LOOKS && missing.size > 0; look++) {
      for (const text of missing) if (await isShown(text)) missing.delete(text);
      await page.waitForTimeout(250);
    }
    return missing.size === 0;
  });
}

test('a run is shown with its summary, its steps as they go, and its result', async () => {
  const data = await writeCsv(join(home.home, 'customers.csv'), customerHeader, customers(3_000));
  const started = await home.run(
    ...['run', '--data', data, '--target', 'left', '--name', 'leavers', ...quickOptions()],
    ...['--detach', '--json'],
  );
  const { workflowId, runId } = started.json as { workflowId: string; runId: string };

  // The summary, and the current details: a table of the seven steps, live.
  await expectTexts(
    () => show(workflowId, runId, 'User Metadata'),
    ['leavers: predict left', ...STEPS, /[▶✔]/],
  );

  const finished = await home.run('attach', workflowId, '--json');
  expect(finished.code).toBe(0);
  await expectTexts(
    () => show(workflowId, runId, 'User Metadata'),
    ['Completed', /version 1 is champion/],
  );
  await expectTexts(() => show(workflowId, runId, 'Search Attributes'), ['SevenfoldModel']);
  await expectTexts(() => show(workflowId, runId), ['preprocessData', 'package and verify']);
  const list = `${stack.webUi}/namespaces/${stack.namespace}/workflows`;
  await expectTexts(() => page.goto(list), [workflowId]);
}, 600_000);

test('a failed run shows the field, the value and the remedy', async () => {
  const data = await writeCsv(join(home.home, 'few.csv'), customerHeader, customers(60));
  const failed = await home.run(
    'run',
    '--data',
    data,
    '--target',
    'lefd',
    '--name',
    'typo',
    '--json',
  );
  expect(failed.code).toBe(2);
  // Lists follow with a delay.
  const run = await until(async () => {
    const { json } = await home.run('list', '--json');
    const runs = json['runs'] as { workflowId: string; runId: string; status: string }[];
    return runs.find(({ status }) => status === 'failed');
  });

  await expectTexts(() => show(run.workflowId, run.runId), ['Failed', /Did you mean 'left'\?/]);
}, 600_000);

/** Fills in the form that starts workflows, and starts one; gives its run id. */
async function startFromForm(workflowId: string, type: string, payload: string): Promise<string> {
  await page.goto(`${stack.webUi}/namespaces/${stack.namespace}/workflows/start-workflow`);
  await page.getByTestId('workflowId').fill(workflowId);
  await page.getByTestId('taskQueue').fill('sevenfold');
  await page.getByTestId('workflowType').fill(type);
  await page.locator('.cm-content').first().click();
  await page.keyboard.insertText(payload);
  // Leaving the editor lays the text out, and the look at the queue adds a line: both move the button.
  await page.getByRole('heading', { name: 'Start a Workflow' }).click();
  await page.getByText('Task Queue is Active').waitFor();
  const answered = page.waitForResponse(
    (response) => response.request().method() === 'POST' && response.url().includes(workflowId),
  );
  await page.getByRole('button', { name: 'Start Workflow' }).click();
  return ((await (await answered).json()) as { runId: string }).runId;
}

test('a run is started from the form, and done again from a step on; the results are read', async () => {
  const data = await writeCsv(join(home.home, 'form.csv'), customerHeader, customers(300));
  const runId = await startFromForm('from-the-form', 'lifecycle', JSON.stringify(quickJob(data)));
  await expectTexts(() => show('from-the-form', runId), ['Completed', /"weightsHash"/]);

  const rerun = { rerun: { runId, from: 'train', set: { seed: 7 } } };
  const again = await startFromForm('from-the-form-again', 'lifecycle', JSON.stringify(rerun));
  await expectTexts(() => show('from-the-form-again', again), ['Completed', /"weightsHash"/]);
}, 600_000);

test('a graph is started by its name from the form, approved on its page, and its result is read', async () => {
  await mkdir(join(home.home, 'pipelines'), { recursive: true });
  await writeFile(
    join(home.home, 'pipelines', 'gated.yaml'),
    `name: gated
steps:
  - { id: gate, uses: approval, with: { question: Shall it go on? } }
outputs: { by: { $from: steps.gate.by }, why: { $from: steps.gate.why } }
`,
  );
  const runId = await startFromForm('gated-run', 'pipeline', '{"pipeline":"gated"}');
  await expectTexts(() => show('gated-run', runId, 'User Metadata'), [/Shall it go on\?/]);
  const decision = { step: 'gate', decision: 'approve', by: 'ada', why: 'it was looked at' };
  await sendUpdate('gated-run', runId, 'approve', JSON.stringify(decision));
  await expectTexts(() => show('gated-run', runId), ['Completed', /"why": "it was looked at"/]);
}, 600_000);

test('a run is paused, resumed and cancelled from its page', async () => {
  const data = await writeCsv(join(home.home, 'long.csv'), customerHeader, customers(300));
  const job = slowJob(data, 1_000_000);
  const runId = await startFromForm('steered', 'lifecycle', JSON.stringify(job));
  await expectTexts(() => show('steered', runId, 'User Metadata'), [/mlp: epoch/]);
  await sendUpdate('steered', runId, 'pause');
  await expectTexts(() => show('steered', runId, 'User Metadata'), [/Paused/]);
  await sendUpdate('steered', runId, 'resume');
  await expectTexts(() => show('steered', runId, 'User Metadata'), [/mlp: epoch/]);
  await show('steered', runId);
  await page.getByRole('button', { name: 'Request Cancellation' }).click();
  await page.locator('#cancel-confirmation-modal').getByRole('button', { name: 'Confirm' }).click();
  await expectTexts(() => show('steered', runId), ['Canceled']);
}, 600_000);

/** Sends an Update by the page's menu of actions. */
async function sendUpdate(
  workflowId: string,
  runId: string,
  name: string,
  payload?: string,
): Promise<void> {
  await show(workflowId, runId);
  await page
    .locator('[aria-controls="workflow-actions"]')
    .filter({ visible: true })
    .first()
    .click();
  await page.getByTestId('update-button').filter({ visible: true }).first().click();
  const modal = page.locator('#update-confirmation-modal').filter({ visible: true }).first();
  await modal.getByRole('button', { name: 'Select an Update' }).first().click();
  // The description of one may name another.
  const option = page.getByRole('option', { name: new RegExp(`^\\s*${name}`) });
  await option.filter({ visible: true }).first().click();
  if (payload !== undefined) {
    await modal.locator('.cm-content').first().click();
    await page.keyboard.insertText(payload);
    // Leaving the editor lays the text out, which moves the button.
    await modal.locator('.cm-content').first().blur();
  }
  await modal.getByRole('button', { name: 'Submit' }).click();
  await modal.waitFor({ state: 'hidden' });
}

test('a malformed payload fails at once, with the field and an example that is right', async () => {
  const misspelt = JSON.stringify({ data: '/data/customers.csv', targt: 'left' });
  const first = await startFromForm('misspelt', 'lifecycle', misspelt);
  await expectTexts(() => show('misspelt', first), ['Failed', /Did you mean 'target'\?/]);
  const second = await startFromForm('no-object', 'lifecycle', '"customers.csv"');
  // The page shows it as a text within JSON.
  const example = /\{\\?"data\\?": \\?"customers\.csv\\?", \\?"target\\?": \\?"churned\\?"\}/;
  await expectTexts(() => show('no-object', second), ['Failed', example]);
}, 600_000);
