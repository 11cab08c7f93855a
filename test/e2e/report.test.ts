import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CommandHome } from '../support/command.ts';
import { customerHeader, customers, writeCsv } from '../support/tables.ts';

const CHROMIUM = process.env['SEVENFOLD_CHROMIUM'] ?? '/usr/bin/chromium';
const PHONE = { width: 390, height: 844 };

let home: CommandHome;
let browser: Browser;
let page: Page;
/** Addresses that the page has asked for, and what it has complained of. */
const requests: string[] = [];
const complaints: string[] = [];
let address: string;

beforeAll(async () => {
  if (!existsSync(CHROMIUM))
    throw new Error(`There is no Chromium at ${CHROMIUM}: install it, or set SEVENFOLD_CHROMIUM.`);
  home = await CommandHome.create();
  const { code, stderr, json } = await home.runHere('dev', '--detach', '--json');
  expect(code, stderr).toBe(0);
  const data = await writeCsv(join(home.home, 'customers.csv'), customerHeader, customers(400));
  const budget = ['--budget', '4trials,12epochs'];
  const job = ['--data', data, '--target', 'left', '--name', 'churn', ...budget];
  const run = await home.run('run', ...job, '--json');
  expect(run.code, run.stderr).toBe(0);
  const model = await fetch(`${String(json['serving'])}/v1/models/churn`);
  const { report } = (await model.json()) as { report: string };
  address = `${String(json['serving'])}${report}`;
  browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
  page = await browser.newPage();
  page.on('request', (request) => requests.push(request.url()));
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(address);
}, 600_000);
afterAll(async () => {
  await browser.close();
  await home.remove();
}, 60_000);

test('the report of a run opens by itself, and complains of nothing', async () => {
  expect(await page.title()).toBe('churn, version 1');
  expect(requests).toEqual([address]);
  expect(complaints).toEqual([]);
  await expect(page.locator('#importance').textContent()).resolves.toContain('price');
  await expect(page.locator('#evaluation svg.chart').count()).resolves.toBe(4);
  const graph = await page.locator('#steps svg.graph').boundingBox();
  expect(graph?.width).toBeGreaterThan(700);
  for (const chart of await page.locator('svg.chart').all()) {
    const box = await chart.boundingBox();
    expect(box?.width).toBeGreaterThan(200);
  }
});

test('it is as wide as a phone, and its parts can be come to', async () => {
  await page.setViewportSize(PHONE);
  const width = await page.evaluate<number>('document.documentElement.scrollWidth');
  expect(width).toBeLessThanOrEqual(PHONE.width);
  await page.getByRole('link', { name: 'What matters' }).click();
  await expect(page.locator('#importance h2').isVisible()).resolves.toBe(true);
});

test('on paper it has no menu', async () => {
  await page.emulateMedia({ media: 'print' });
  await expect(page.locator('nav').isVisible()).resolves.toBe(false);
  expect((await page.pdf()).byteLength).toBeGreaterThan(10_000);
});
