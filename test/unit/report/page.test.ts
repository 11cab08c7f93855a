import { expect, test } from 'vitest';
import { renderPage } from '../../../src/ml/report/page.ts';
import { lifecyclePipeline } from '../../../src/workflows/lifecycle-pipeline.ts';
import { report } from '../../support/run-report.ts';

const page = renderPage(report);

test('a report page needs nothing else: no script, no address, no picture from elsewhere', () => {
  expect(page).not.toMatch(/<script|javascript:|@import|url\((?!#)|<link rel="stylesheet"|<img/);
  expect(page).not.toMatch(/(?:src|href)="(?!#|data:)/);
});

test('the same report gives the same page', () => {
  expect(renderPage(report)).toBe(page);
});

test('what stands in the data is shown as text', () => {
  expect(page).toContain('&lt;b&gt;Oslo&lt;/b&gt;');
  expect(page).not.toContain('<b>Oslo');
  const evil = '[here](javascript:alert(1)) ![x](http://e.org/x.png) <img src=x onerror=alert(1)>';
  const shown = renderPage({ ...report, decisions: [{ field: evil, value: evil, reason: evil }] });
  expect(shown).not.toMatch(/<a href="javascript|<img/);
});

test('each part has its heading, its link and its charts', () => {
  const ids = [...page.matchAll(/<section id="(\w+)"/g)].map(([, id]) => id);
  expect(ids).toEqual([...page.matchAll(/<a href="#(\w+)"/g)].map(([, id]) => id));
  const charts = (id: string) =>
    page
      .split(`<section id="${id}"`)[1]
      ?.split('</section>')[0]
      ?.match(/<svg class="chart"/g)?.length ?? 0;
  expect([
    charts('tuning'),
    charts('optimisation'),
    charts('evaluation'),
    charts('importance'),
  ]).toEqual([1, 1, 4, 2]);
});

test('where probabilities were mended, the calibration chart shows them before and after', () => {
  const { insights } = report;
  const before = 'as the model says';
  expect(page).not.toContain(before);
  const mended = renderPage({
    ...report,
    insights: { ...insights, uncalibrated: insights.calibration },
  });
  expect(mended).toContain(before);
});

test('a regression shows predictions and residuals, and no curves of classes', () => {
  const { problem, test: evaluation, insights } = report;
  const regression = renderPage({
    ...report,
    problem: { ...problem, task: 'regression', classes: [], positiveClass: null },
    test: { ...evaluation, perClass: [], confusion: [] },
    insights: {
      ...insights,
      roc: [],
      precisionRecall: [],
      calibration: [],
      predictions: [
        { x: 1, y: 1.5 },
        { x: 2, y: 1.8 },
      ],
    },
  });
  expect(regression).toContain('Residuals');
  expect(regression).not.toContain('Confusion matrix');
});

test('the graph of the run is drawn, with what became of each step', () => {
  const done = lifecyclePipeline.steps.map(({ id }, index) => ({
    id,
    ...{ status: index < 6 ? ('completed' as const) : ('running' as const) },
    ...{ seconds: index < 6 ? 1.25 : null, reusedFrom: index === 0 ? 'an-earlier-run' : null },
  }));
  const drawn = renderPage({ ...report, steps: { plan: lifecyclePipeline, done } });
  const steps = drawn.split('<section id="steps">')[1]?.split('</section>')[0] ?? '';
  expect(steps.match(/<svg class="graph"/g)).toHaveLength(1);
  expect(steps.match(/<rect /g)).toHaveLength(7);
  expect(steps.match(/<rect [^>]*fill="#d9f2dc"/g)).toHaveLength(6);
  expect(steps).toContain('train → deploy: model');
  expect(steps).toContain('reused from an-earlier-run');
  // Its style must not reach the charts of other sections.
  for (const [, style] of steps.matchAll(/<style>(.*?)<\/style>/g)) {
    for (const rule of (style ?? '').split('}').filter((text) => text !== '')) {
      expect(rule).toMatch(/^\.graph /);
    }
  }
  expect(page).toContain('The graph was not kept.');
});
