import { expect, test } from 'vitest';
import { renderMermaid } from '../../../src/pipelines/render-mermaid.ts';
import { renderSvg } from '../../../src/pipelines/render-svg.ts';
import { pipelineOf } from '../../support/pipelines.ts';

const exec = { command: ['x'] };
const pipeline = pipelineOf(
  [
    {
      id: 'get-data',
      uses: 'exec',
      exec,
      output: { rows: 'any[]', note: 'string' },
      summary: 'A < B',
    },
    { id: 'each', uses: 'exec', exec, each: { in: { $from: 'steps.get-data.rows' } } },
    {
      id: 'end',
      uses: 'approval',
      after: ['each'],
      with: { question: { $from: 'steps.get-data.note' } },
    },
  ],
  { finally: [{ id: 'clean', uses: 'exec', exec }] },
);

test('Mermaid tells data from order, and names what flows', () => {
  expect(renderMermaid(pipeline).split('\n')).toEqual([
    'flowchart LR',
    '  step_get_data["get-data<br/>exec"]',
    '  step_each["each<br/>exec, for each item"]',
    '  step_end{{"end<br/>approval"}}',
    '  step_clean[/"clean<br/>exec"/]',
    '  step_get_data -->|rows| step_each',
    '  step_each -.-> step_end',
    '  step_get_data -->|note| step_end',
    '',
  ]);
});

test('the SVG has a box for each step, a line for each wire, and no step upon another', () => {
  const svg = renderSvg(pipeline, { 'get-data': 'completed', each: 'failed' });
  const boxes = [
    ...svg.matchAll(/<rect x="([\d.-]+)" y="([\d.-]+)" width="([\d.]+)" height="(\d+)"/g),
  ];
  expect(boxes).toHaveLength(4);
  const places = boxes.map(
    (match) => match.slice(1).map(Number) as [number, number, number, number],
  );
  for (const [i, a] of places.entries()) {
    for (const b of places.slice(i + 1)) {
      const apart =
        a[0] + a[2] <= b[0] || b[0] + b[2] <= a[0] || a[1] + a[3] <= b[1] || b[1] + b[3] <= a[1];
      expect(apart).toBe(true);
    }
  }
  expect(svg.match(/class="wire"/g)).toHaveLength(3);
  expect(svg).toContain('<title>A &lt; B</title>');
  expect(svg).toContain('fill="#f9d6d5"');
});
