import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CommandHome } from '../support/command.ts';
import { customerHeader, customers, writeCsv } from '../support/tables.ts';

const CHROMIUM = process.env['SEVENFOLD_CHROMIUM'] ?? '/usr/bin/chromium';
const STEPS = ['preprocess', 'select', 'tune', 'train', 'evaluate', 'optimise', 'deploy'];

let home: CommandHome;
let browser: Browser;
let page: Page;
let stack: { webUi: string; namespace: string };

beforeAll(async () => {
  if (!existsSync(CHROMIUM))
    throw new Error(`There is no Chromium at ${CHROMIUM}: install it, or set SEVENFOLD_CHROMIUM.`);
  home = await CommandHome.create();
  const dev = await home.run('dev', '--detach', '--json');
  expect(dev.code).toBe(0);
  stack = dev.json as unknown as typeof stack;
  browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
  page = await browser.newPage({ viewport: { width: 1400, height: 1600 } });
}, 180_000);
afterAll(async () => {
  await browser.close();
  await home.remove();
}, 60_000);

const workflowPage = (workflowId: string, runId: string, tab = '') =>
  `${stack.webUi}/namespaces/${stack.namespace}/workflows/${encodeURIComponent(workflowId)}/${runId}${tab}`;

/** Waits until the page shows a text, looking again at the page where the UI does not refresh by itself. */
async function expectText(text: string | RegExp): Promise<void> {
  await page.getByText(text).first().waitFor({ state: 'visible', timeout: 30_000 });
}

test('a run is shown with its summary, its steps as they go, and its result', async () => {
  const data = await writeCsv(join(home.home, 'customers.csv'), customerHeader, customers(3_000));
  const started = await home.run(
    ...['run', '--data', data, '--target', 'left', '--name', 'leavers', '--budget', '3trials'],
    ...['--detach', '--json'],
  );
  const { workflowId, runId } = started.json as { workflowId: string; runId: string };

  await page.goto(workflowPage(workflowId, runId));
  await expectText('leavers: predict left');
  // The current details: a table of the seven steps, live.
  for (const step of STEPS) await expectText(step);

  const finished = await home.run('attach', workflowId, '--json');
  expect(finished.code).toBe(0);
  await page.reload();
  await expectText('Completed');
  await expectText(/version 1 is champion/);
  await expectText(/trial 0: /);
  await expectText('SevenfoldModel');

  await page.goto(`${stack.webUi}/namespaces/${stack.namespace}/workflows`);
  await expectText(workflowId);
}, 180_000);

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
  const { json } = await home.run('list', '--json');
  const [run] = json['runs'] as { workflowId: string; runId: string; status: string }[];
  expect(run).toMatchObject({ status: 'failed' });

  await page.goto(workflowPage(run?.workflowId ?? '', run?.runId ?? ''));
  await expectText('Failed');
  await expectText(/Did you mean 'left'\?/);
}, 90_000);
