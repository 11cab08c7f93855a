import { BarChart, HeatmapChart, LineChart, ScatterChart } from 'echarts/charts';
import {
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  VisualMapComponent,
} from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { Evaluation } from '../../schemas/evaluation.ts';
import type {
  CalibrationBin,
  ClassCurve,
  ColumnImportance,
  Insights,
} from '../../schemas/insights.ts';
import type { EpochRecord } from '../../schemas/training.ts';
import { figure } from './markdown.ts';

use([
  ...[BarChart, HeatmapChart, LineChart, ScatterChart, SVGRenderer],
  ...[GridComponent, LegendComponent, MarkLineComponent, VisualMapComponent],
]);

const WIDTH = 520;
const HEIGHT = 340;
const FONT = 'system-ui, sans-serif';
const COLORS = [
  '#2563eb',
  '#d97706',
  '#059669',
  '#7c3aed',
  '#dc2626',
  '#0891b2',
  '#65a30d',
  '#db2777',
];
const GREY = '#94a3b8';
const MOST_BARS = 20;

type Option = Parameters<ReturnType<typeof init>['setOption']>[0];

/** A chart as SVG that scales with the page. */
function draw(option: Option, height = HEIGHT): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  try {
    chart.setOption({
      animation: false,
      color: COLORS,
      textStyle: { fontFamily: FONT },
      grid: { left: 60, right: 24, top: 36, bottom: 48 },
      ...option,
    });
    return chart
      .renderToSVGString()
      .replace(/^<svg width="\d+" height="\d+"/, '<svg class="chart" role="img"');
  } finally {
    chart.dispose();
  }
}

const axis = (name: string, more: object = {}) => ({
  type: 'value' as const,
  name,
  nameLocation: 'middle' as const,
  nameGap: 30,
  splitLine: { lineStyle: { color: '#e2e8f0' } },
  ...more,
});
const share = { min: 0, max: 1 };

const line = (name: string, data: (number | null)[][], more: object = {}) => ({
  ...{ type: 'line' as const, name, data, showSymbol: false, lineStyle: { width: 2 } },
  ...more,
});

/** From corner to corner: what a guess, or a perfect model, would give. */
const diagonal = (from: number, to: number) =>
  line(
    '',
    [
      [from, from],
      [to, to],
    ],
    {
      lineStyle: { width: 1, type: 'dashed', color: GREY },
      tooltip: { show: false },
    },
  );

/** Loss by epoch. */
export function learningChart(epochs: readonly EpochRecord[]): string {
  const series = [
    line(
      'training loss',
      epochs.map(({ epoch, loss }) => [epoch, loss]),
    ),
    line(
      'validation loss',
      epochs.map(({ epoch, validationLoss }) => [epoch, validationLoss]),
    ),
  ].filter(({ data }) => data.some(([, value]) => value !== null));
  return draw({
    legend: { top: 0 },
    xAxis: axis('epoch', { minInterval: 1 }),
    yAxis: axis('loss', { scale: true, nameGap: 44 }),
    series,
  });
}

export const rocChart = (curves: readonly ClassCurve[]): string =>
  curvesChart(curves, 'false-positive rate', 'true-positive rate', [diagonal(0, 1)]);

export const precisionRecallChart = (curves: readonly ClassCurve[]): string =>
  curvesChart(curves, 'recall', 'precision', []);

function curvesChart(
  curves: readonly ClassCurve[],
  x: string,
  y: string,
  others: readonly ReturnType<typeof line>[],
): string {
  return draw({
    legend: { top: 0, data: curves.map(nameOf) },
    xAxis: axis(x, share),
    yAxis: axis(y, { ...share, nameGap: 40 }),
    series: [
      ...curves.map((curve) =>
        line(
          nameOf(curve),
          curve.points.map((point) => [point.x, point.y]),
        ),
      ),
      ...others,
    ],
  });
}

const nameOf = ({ class: name, area }: ClassCurve): string => `${name} (${figure(area)})`;

/** @param before of the probabilities as the model gave them, where they were mended */
export function calibrationChart(
  bins: readonly CalibrationBin[],
  before: readonly CalibrationBin[] = [],
): string {
  const dotted = (name: string, shown: readonly CalibrationBin[], more: object = {}) =>
    line(
      name,
      shown.map(({ predicted, observed }) => [predicted, observed]),
      { showSymbol: true, symbolSize: 8, ...more },
    );
  const faint = { lineStyle: { width: 2, color: GREY }, itemStyle: { color: GREY } };
  return draw({
    ...(before.length > 0 && { legend: { top: 0, data: ['calibrated', 'as the model says'] } }),
    xAxis: axis('predicted probability', share),
    yAxis: axis('share that was so', { ...share, nameGap: 40 }),
    series: [
      ...(before.length > 0 ? [dotted('as the model says', before, faint)] : []),
      dotted(before.length > 0 ? 'calibrated' : '', bins),
      diagonal(0, 1),
    ],
  });
}

/** Predicted over true values. */
export function predictionsChart(points: Insights['predictions']): string {
  const values = points.flatMap(({ x, y }) => [x, y]);
  const low = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return draw({
    xAxis: axis('true value', { scale: true }),
    yAxis: axis('predicted value', { scale: true, nameGap: 44 }),
    series: [dots(points.map(({ x, y }) => [x, y])), diagonal(low, high)],
  });
}

/** What is left over: true minus predicted, over predicted values. */
export function residualsChart(points: Insights['predictions']): string {
  return draw({
    xAxis: axis('predicted value', { scale: true }),
    yAxis: axis('residual', { scale: true, nameGap: 44 }),
    series: [dots(points.map(({ x, y }) => [y, x - y]))],
  });
}

const dots = (data: number[][]) => ({
  ...{ type: 'scatter' as const, data, symbolSize: 6 },
  itemStyle: { opacity: 0.5 },
});

/** Counts by true class (down) and predicted class (across), coloured by their share of the true class. */
export function confusionChart({ perClass, confusion }: Evaluation): string {
  const names = perClass.map((each) => each.class);
  const cells = confusion.flatMap((counts, row) => {
    const total = Math.max(
      1,
      counts.reduce((sum, count) => sum + count, 0),
    );
    return counts.map((count, column) => ({
      value: [column, names.length - 1 - row, count / total],
      label: { show: true, formatter: String(count) },
    }));
  });
  const labels = { type: 'category' as const, splitArea: { show: true } };
  return draw(
    {
      grid: { left: 90, right: 24, top: 16, bottom: 70 },
      xAxis: { ...labels, data: names, name: 'predicted', nameLocation: 'middle', nameGap: 36 },
      yAxis: {
        ...labels,
        data: names.toReversed(),
        name: 'true',
        nameLocation: 'middle',
        nameGap: 70,
      },
      visualMap: { show: false, min: 0, max: 1, inRange: { color: ['#f8fafc', '#2563eb'] } },
      series: [{ type: 'heatmap', data: cells }],
    },
    Math.max(HEIGHT, 60 + 36 * names.length),
  );
}

/** Bars, the most important column on top. */
export function importanceChart(importance: readonly ColumnImportance[], metric: string): string {
  return barChart(
    importance.map(({ column, loss }) => ({ name: column, value: loss })),
    `loss of ${metric} when shuffled`,
  );
}

export function shapleyChart(importance: readonly ColumnImportance[]): string {
  const known = importance
    .flatMap(({ column, shapley }) => (shapley === null ? [] : [{ name: column, value: shapley }]))
    .sort((a, b) => b.value - a.value);
  return barChart(known, 'mean |Shapley value|');
}

function barChart(bars: readonly { name: string; value: number }[], label: string): string {
  const shown = bars.slice(0, MOST_BARS).toReversed();
  return draw(
    {
      grid: { left: 130, right: 24, top: 12, bottom: 48 },
      xAxis: axis(label),
      yAxis: {
        type: 'category',
        data: shown.map(({ name }) => name),
        axisLabel: { width: 110, overflow: 'truncate' },
      },
      series: [{ type: 'bar', data: shown.map(({ value }) => value) }],
    },
    80 + 26 * Math.max(3, shown.length),
  );
}

/** Score of each trial, in order; the line is the best so far. */
export function trialsChart(
  scores: readonly (number | null)[],
  isBetter: (a: number, b: number) => boolean,
  metric: string,
): string {
  let best: number | null = null;
  const bests = scores.map((score, number) => {
    if (score !== null && (best === null || isBetter(score, best))) best = score;
    return [number, best];
  });
  return draw({
    legend: { top: 0 },
    xAxis: axis('trial', { minInterval: 1 }),
    yAxis: axis(metric, { scale: true, nameGap: 44 }),
    series: [
      { type: 'scatter', name: 'trial', data: scores.map((score, i) => [i, score]), symbolSize: 8 },
      line('best so far', bests, { step: 'end' }),
    ],
  });
}
