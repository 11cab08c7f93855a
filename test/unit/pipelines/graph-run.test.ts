import { expect, test } from 'vitest';
import { GraphRun } from '../../../src/pipelines/graph-run.ts';
import type { Task, Values } from '../../../src/pipelines/graph-state.ts';
import { itemIds } from '../../../src/pipelines/item-ids.ts';
import { pipelineOf } from '../../support/pipelines.ts';

const exec = { command: ['imagined'] };
const step = (id: string, more: object = {}) => ({
  id,
  uses: 'exec',
  exec,
  output: { out: 'any' },
  ...more,
});
const from = (place: string) => ({ $from: place });

/** Carries a graph out, first begun first ended, and tells which tasks began. */
function carryOut(run: GraphRun, does: (task: Task) => unknown = () => 1) {
  const begun: string[] = [];
  const underWay: Task[] = [];
  for (let end = run.end(); ; end = run.end()) {
    const next = run.next();
    begun.push(...next.map(({ key }) => key));
    underWay.push(...next);
    const task = underWay.shift();
    if (task === undefined) return { begun, end: end ?? run.end(), steps: run.state.steps };
    const out = does(task);
    run.ended(
      task.key,
      out instanceof Error
        ? { status: 'failed', failure: out.message }
        : { status: 'completed', outputs: { out } },
    );
  }
}
const graph = (steps: object[], more: Record<string, unknown> = {}, inputs: Values = {}) =>
  new GraphRun(pipelineOf(steps, more), inputs);

test('outputs flow along the wires, whatever the order of declaration', () => {
  const steps = [step('b', { with: { x: from('steps.a.out') } }), step('a')];
  const { begun, end } = carryOut(
    graph(steps, { outputs: { y: from('steps.b.out') } }),
    ({ inputs }) => ('x' in inputs ? Number(inputs['x']) + 1 : 41),
  );
  expect(begun).toEqual(['a', 'b']);
  expect(end).toEqual({ status: 'completed', outputs: { y: 42 }, failure: null });
});

test('a condition that does not hold skips a step and whatever needs it, but not what has a default', () => {
  const { begun, steps } = carryOut(
    graph([
      step('a'),
      step('b', { when: { above: [from('steps.a.out'), 5] } }),
      step('c', { with: { x: from('steps.b.out') } }),
      step('d', { with: { x: { ...from('steps.b.out'), default: 7 } } }),
      step('e', { with: { x: from('steps.a.out') }, after: ['c'] }),
    ]),
  );
  expect(begun).toEqual(['a', 'd']);
  expect(steps['b']).toMatchObject({ status: 'skipped', reason: 'its condition does not hold' });
  expect(steps['c']).toMatchObject({ status: 'skipped', reason: "'b' was skipped" });
  expect(steps['e']).toMatchObject({ status: 'skipped', reason: "'c' was skipped" });
});

test('after one of two branches, the first that is there is taken', () => {
  const join = step('join', { with: { x: { $from: ['steps.left.out', 'steps.right.out'] } } });
  const { steps } = carryOut(
    graph([step('left', { when: false }), step('right'), join]),
    ({ step: { id }, inputs }) => (id === 'join' ? inputs['x'] : id),
  );
  expect(steps['join']?.outputs).toEqual({ out: 'right' });
});

test('the first failure ends the run when what is under way has ended; the last steps are done all the same', () => {
  const { begun, end, steps } = carryOut(
    graph([step('a'), step('b'), step('c', { after: ['b'] })], {
      finally: [
        step('clean', { with: { how: from('run.status'), why: from('run.failure.step') } }),
      ],
    }),
    ({ step: { id }, inputs }) => (id === 'a' ? new Error('broken') : inputs),
  );
  expect(begun).toEqual(['a', 'b', 'clean']);
  expect(end).toMatchObject({ status: 'failed', failure: { step: 'a', reason: 'broken' } });
  expect(steps['c']).toMatchObject({ status: 'skipped', reason: "'a' has failed" });
  expect(steps['clean']?.outputs).toEqual({ out: { how: 'failed', why: 'a' } });
});

test('a join waits for all items, and gets them in the order of the list', () => {
  const steps = [
    step('parts', { each: { in: from('inputs.list'), atOnce: 2 }, with: { n: from('item') } }),
    step('join', { with: { all: from('steps.parts.out') } }),
  ];
  const inputs = { inputs: { list: { type: 'number[]' } } };
  const { begun, steps: ended } = carryOut(
    graph(steps, inputs, { list: [3, 1, 2] }),
    ({ inputs }) => ('all' in inputs ? inputs['all'] : Number(inputs['n']) * 10),
  );
  expect(begun).toHaveLength(4);
  expect(begun.at(-1)).toBe('join');
  expect(ended['join']?.outputs).toEqual({ out: [30, 10, 20] });
});

test('a join never runs on a missing item, unless its list may hold nulls', () => {
  const run = (onFailure: string) =>
    carryOut(
      graph([
        step('parts', { each: { in: [1, 2, 3] }, with: { n: from('item') }, onFailure }),
        step('join', { with: { all: from('steps.parts.out') } }),
      ]),
      ({ inputs }) => (inputs['n'] === 2 ? new Error('two') : (inputs['all'] ?? inputs['n'])),
    );
  expect(run('fail').steps['join']).toMatchObject({ status: 'skipped' });
  expect(run('fail').end).toMatchObject({
    status: 'failed',
    failure: { step: 'parts', reason: expect.stringMatching(/^1 of 3 items failed; \w+: two$/) },
  });
  expect(run('skip').steps['join']).toMatchObject({
    status: 'skipped',
    reason: "'parts' has failed",
  });
  expect(run('skip').end).toMatchObject({ status: 'completed' });
  expect(run('continue').steps['join']?.outputs).toEqual({ out: [1, null, 3] });
});

test('no more items begin than may be at once', () => {
  const run = graph([step('parts', { each: { in: [1, 2, 3, 4, 5], atOnce: 2 } })]);
  const [first] = run.next();
  expect(run.next()).toEqual([]);
  run.ended(first?.key ?? '', { status: 'completed', outputs: { out: 1 } });
  expect(run.next()).toHaveLength(1);
});

test('items are named by their content, and not by their place', () => {
  const ids = itemIds([{ city: 'Rome' }, { city: 'Oslo' }]);
  expect(itemIds([{ city: 'Bern' }, { city: 'Oslo' }, { city: 'Rome' }])).toEqual([
    expect.any(String),
    ids[1],
    ids[0],
  ]);
  expect(itemIds([{ b: 1, a: 2 }])).toEqual(itemIds([{ a: 2, b: 1 }]));
  expect(itemIds([{ city: 'Rome' }], 'city')).toEqual(['Rome']);
  expect(new Set(itemIds(['x', 'x', 'x'])).size).toBe(3);
});

test('a list that turns out to be none fails the step', () => {
  const steps = [step('a'), step('b', { each: { in: from('steps.a.out') } })];
  const { end } = carryOut(graph(steps), () => 'text');
  expect(end?.failure).toEqual({ step: 'b', reason: 'each.in: expected a list, got string' });
});

test('a fan-out over an empty list is done at once', () => {
  const { begun, steps } = carryOut(graph([step('a', { each: { in: [] } })]));
  expect(begun).toEqual([]);
  expect(steps['a']).toMatchObject({ status: 'completed', outputs: { out: [] } });
});

test('a loop ends when its outputs are good enough, or at its bound', () => {
  const loop = (atMost: number) =>
    carryOut(
      graph([
        step('loop', {
          repeat: { atMost, until: { atLeast: [from('self.out'), 8] } },
          with: { x: { ...from('previous.out'), default: 1 } },
        }),
      ]),
      ({ inputs }) => Number(inputs['x']) * 2,
    );
  expect(loop(10).begun).toEqual(['loop#1', 'loop#2', 'loop#3']);
  expect(loop(10).steps['loop']?.outputs).toEqual({ out: 8 });
  expect(loop(2).steps['loop']?.outputs).toEqual({ out: 4 });
});

test('a budget of trials stops the run with what it has', () => {
  const steps = [
    step('search', {
      trial: true,
      repeat: { atMost: 100 },
      with: { x: { ...from('previous.out'), default: 0 } },
    }),
    step('after', { with: { x: from('steps.search.out') } }),
  ];
  const more = {
    budget: { trials: 3 },
    outputs: { best: from('steps.search.out'), last: from('steps.after.out') },
  };
  const { begun, end } = carryOut(graph(steps, more), ({ inputs }) => Number(inputs['x']) + 1);
  expect(begun).toEqual(['search#1', 'search#2', 'search#3']);
  expect(end).toEqual({ status: 'stopped', outputs: { best: 3, last: null }, failure: null });
});

test('a long list is done in parts, whose lists are put together', () => {
  const pipeline = pipelineOf(
    [
      step('parts', {
        each: { in: from('inputs.list'), atOnce: 2 },
        with: { n: from('item'), k: from('inputs.k') },
      }),
    ],
    { inputs: { list: { type: 'number[]' }, k: { type: 'number' } } },
  );
  const run = new GraphRun(pipeline, { list: [1, 2, 3, 4, 5], k: 9 }, undefined, 2);
  const chunks: unknown[] = [];
  for (let next = run.next(); next.length > 0; next = run.next()) {
    expect(next).toHaveLength(1);
    chunks.push(next[0]?.chunk);
    const items = next[0]?.chunk?.items as number[];
    run.ended(next[0]?.key ?? '', {
      status: 'completed',
      outputs: { out: items.map((n) => n * 2) },
    });
  }
  expect(chunks).toEqual([
    { items: [1, 2], with: { n: from('item'), k: 9 } },
    { items: [3, 4], with: { n: from('item'), k: 9 } },
    { items: [5], with: { n: from('item'), k: 9 } },
  ]);
  expect(run.state.steps['parts']?.outputs).toEqual({ out: [2, 4, 6, 8, 10] });
});

test('a graph that is stopped begins nothing more but the last steps', () => {
  const run = graph([step('a'), step('b', { after: ['a'] })], { finally: [step('clean')] });
  const [a] = run.next();
  run.stop('cancelled', 'the run was cancelled');
  run.ended(a?.key ?? '', { status: 'cancelled' });
  expect(run.next().map(({ key }) => key)).toEqual(['clean']);
  run.ended('clean', { status: 'completed', outputs: {} });
  expect(run.end()?.status).toBe('cancelled');
  expect(run.state.steps['b']).toMatchObject({
    status: 'skipped',
    reason: 'the run was cancelled',
  });
});

test('steps whose outputs are known are not run', () => {
  const run = graph([step('a'), step('b', { with: { x: from('steps.a.out') } })]);
  run.know({ a: { out: 5 } });
  expect(run.next()).toMatchObject([{ key: 'b', inputs: { x: 5 } }]);
});
