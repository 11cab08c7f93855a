import { Graph, layout } from '@dagrejs/dagre';
import type { Pipeline } from '../schemas/pipeline.ts';
import type { StepStatus } from '../schemas/run.ts';
import { edgesOf, labelOf, nodesOf } from './graph-edges.ts';

const CHARACTER_WIDTH = 7.2;
const NODE_HEIGHT = 44;
const LEAST_WIDTH = 110;
const MARGIN = 16;

/** Fill by what became of a step; the same for all where nothing has run. */
const FILL: Record<StepStatus | 'none', string> = {
  none: '#eef3f8',
  waiting: '#f4f4f4',
  running: '#fff4cc',
  completed: '#d9f2dc',
  failed: '#f9d6d5',
  skipped: '#ececec',
};

interface Point {
  readonly x: number;
  readonly y: number;
}

/** A graph as an SVG image, left to right; with the steps' states, if they are given. */
export function renderSvg(
  pipeline: Pipeline,
  states: Readonly<Record<string, StepStatus>> = {},
): string {
  const graph = new Graph();
  graph.setGraph({ rankdir: 'LR', nodesep: 24, ranksep: 56, marginx: MARGIN, marginy: MARGIN });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { step } of nodesOf(pipeline)) {
    const longest = Math.max(...labelOf(step).map((text) => text.length));
    const width = Math.max(LEAST_WIDTH, longest * CHARACTER_WIDTH + 20);
    graph.setNode(step.id, { width, height: NODE_HEIGHT });
  }
  const edges = edgesOf(pipeline);
  for (const { from, to } of edges) graph.setEdge(from, to);
  layout(graph);
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  const lines = edges.map(({ from, to, kind, label }) => {
    const { points } = graph.edge(from, to) as { points: Point[] };
    const path = points
      .map(({ x, y }, i) => `${i === 0 ? 'M' : 'L'}${round(x)} ${round(y)}`)
      .join(' ');
    const dash = kind === 'order' ? ' stroke-dasharray="4 3"' : '';
    const title = label === '' ? `${to} comes after ${from}` : `${from} → ${to}: ${label}`;
    return `<path d="${path}" class="wire"${dash} marker-end="url(#arrow)"><title>${escape(title)}</title></path>`;
  });
  const boxes = nodesOf(pipeline).map(({ step, isLast }) => {
    const { x, y, width: w } = graph.node(step.id) as Point & { width: number };
    const [name = '', kind = ''] = labelOf(step);
    const fill = FILL[states[step.id] ?? 'none'];
    const dash = isLast ? ' stroke-dasharray="6 3"' : '';
    const corner = step.uses === 'approval' ? 22 : 6;
    return [
      `<g><title>${escape(step.summary || name)}</title>`,
      `<rect x="${round(x - w / 2)}" y="${round(y - NODE_HEIGHT / 2)}" width="${round(w)}" height="${NODE_HEIGHT}" rx="${corner}" fill="${fill}"${dash}/>`,
      `<text x="${round(x)}" y="${round(y - 3)}" class="name">${escape(name)}</text>`,
      `<text x="${round(x)}" y="${round(y + 13)}" class="kind">${escape(kind)}</text></g>`,
    ].join('');
  });
  return `<svg class="graph" xmlns="http://www.w3.org/2000/svg" width="${round(width)}" height="${round(height)}" viewBox="0 0 ${round(width)} ${round(height)}" role="img" aria-label="${escape(pipeline.name)}">
<style>.graph text{font-family:system-ui,sans-serif;text-anchor:middle}.graph .name{font-size:13px;font-weight:600}.graph .kind{font-size:11px;fill:#555}.graph rect{stroke:#6b7785}.graph .wire{fill:none;stroke:#6b7785}</style>
<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z" fill="#6b7785"/></marker></defs>
${[...lines, ...boxes].join('\n')}
</svg>
`;
}

const round = (value: number): string => String(Math.round(value * 10) / 10);

const escape = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
