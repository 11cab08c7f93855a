import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { InputError } from '../../../src/errors.ts';
import { completePipeline } from '../../../src/pipelines/load-pipeline.ts';
import { pipelineOf } from '../../support/pipelines.ts';

const exec = { command: ['true'] };
const step = (id: string, more: object = {}) => ({
  id,
  uses: 'exec',
  exec,
  output: { out: 'number' },
  ...more,
});
const from = (place: string) => ({ $from: place });
const job = { data: 'a.csv', target: 'y' };

/** The one problem that a graph is refused for. */
function problemOf(steps: object[], more: Record<string, unknown> = {}) {
  try {
    pipelineOf(steps, more);
  } catch (error) {
    if (error instanceof InputError) return error.problem;
    throw error;
  }
  throw new Error('The graph was not refused.');
}

test('a cycle is shown as a cycle', () => {
  const graph = [
    step('start'),
    step('a', { with: { x: from('steps.c.out') }, after: ['start'] }),
    step('b', { with: { x: from('steps.a.out') } }),
    step('c', { after: ['b'] }),
  ];
  expect(problemOf(graph)).toMatchObject({
    code: 'Cycle',
    field: 'steps.a',
    value: 'a → c → b → a',
    remedy: expect.stringContaining('Take one of these wires away'),
  });
});

test('an unknown step is answered with the nearest one, in data and in order', () => {
  expect(problemOf([step('prepare'), step('b', { after: ['prepaer'] })])).toMatchObject({
    code: 'UnknownStep',
    field: 'steps.b.after',
    value: 'prepaer',
    remedy: "Did you mean 'prepare'?",
  });
  expect(problemOf([step('a'), step('b', { with: { x: from('steps.z.out') } })])).toMatchObject({
    code: 'BrokenReference',
    field: 'steps.b.with.x',
    value: 'steps.z.out',
    remedy: expect.stringContaining("no step 'z'"),
  });
});

test('an unknown kind of step is answered with the nearest one', () => {
  expect(problemOf([{ id: 'a', uses: 'preproces', with: { job } }])).toMatchObject({
    code: 'UnknownStepKind',
    field: 'steps.a.uses',
    remedy: "Did you mean 'preprocess'?",
  });
});

test('a wrong type is refused, in wires and in values', () => {
  const text = step('text', { output: { out: 'string' } });
  expect(
    problemOf([text, step('b', { input: { x: 'number' }, with: { x: from('steps.text.out') } })]),
  ).toMatchObject({
    code: 'WrongType',
    field: 'steps.b.with.x',
    value: 'steps.text.out: string',
    expected: 'number',
  });
  expect(
    problemOf([step('b', { input: { x: 'number[]' }, with: { x: [1, 'two'] } })]),
  ).toMatchObject({
    code: 'WrongType',
    field: 'steps.b.with.x',
    expected: 'number[]',
  });
});

test('what one built-in step gives does not fit where another is asked for', () => {
  const graph = [
    { id: 'prep', uses: 'preprocess', with: { job } },
    { id: 'pick', uses: 'select', with: { job, data: from('steps.prep.data') } },
    {
      id: 'tune',
      uses: 'tune',
      with: { job, data: from('steps.pick.selection'), selection: from('steps.pick.selection') },
    },
  ];
  expect(problemOf(graph)).toMatchObject({
    code: 'WrongType',
    field: 'steps.tune.with.data',
    value: 'steps.pick.selection: Selection',
    expected: 'Preprocessed',
  });
});

test('a missing input is named', () => {
  expect(problemOf([{ id: 'pick', uses: 'select', with: { job } }])).toMatchObject({
    code: 'MissingInput',
    field: 'steps.pick.with.data',
    remedy: "'select' needs it: add it.",
  });
});

test('a job that is written out is checked like any job', () => {
  const wrong = { ...job, metirc: 'mse' };
  expect(problemOf([{ id: 'prep', uses: 'preprocess', with: { job: wrong } }])).toMatchObject({
    code: 'UnknownKey',
    field: 'steps.prep.with.job.metirc',
    remedy: "Did you mean 'metric'?",
  });
});

test('a loop without a bound is refused', () => {
  expect(
    problemOf([step('a', { repeat: { until: { above: [from('self.out'), 1] } } })]),
  ).toMatchObject({
    code: 'UnboundedLoop',
    field: 'steps.a.repeat.atMost',
    remedy: expect.stringContaining('atMost'),
  });
});

test('the first iteration needs a value, too', () => {
  expect(
    problemOf([step('a', { repeat: { atMost: 3 }, with: { x: from('previous.out') } })]),
  ).toMatchObject({
    code: 'MissingDefault',
    field: 'steps.a.with.x',
  });
});

test('a fan-out over what is no list is refused', () => {
  expect(problemOf([step('a'), step('b', { each: { in: from('steps.a.out') } })])).toMatchObject({
    code: 'FanOutOverNonList',
    field: 'steps.b.each.in',
    value: 'steps.a.out',
    expected: 'a list',
  });
});

test('two steps of the same name are refused', () => {
  expect(problemOf([step('a'), step('a')])).toMatchObject({
    code: 'NameClash',
    field: 'steps.a.id',
    value: 'a',
  });
  expect(problemOf([step('a')], { finally: [step('a')] })).toMatchObject({
    code: 'NameClash',
    field: 'finally.a.id',
  });
});

test('faults of nested graphs have the whole path', () => {
  const inner = {
    name: 'inner',
    inputs: { x: { type: 'number' } },
    steps: [step('deep', { after: ['gone'] })],
  };
  expect(
    problemOf([{ id: 'sub', uses: 'pipeline', pipeline: inner, with: { x: 1 } }]),
  ).toMatchObject({
    code: 'UnknownStep',
    field: 'steps.sub.pipeline.steps.deep.after',
  });
  const sound = { ...inner, steps: [step('deep')] };
  expect(
    problemOf([{ id: 'sub', uses: 'pipeline', pipeline: sound, with: { x: 'one' } }]),
  ).toMatchObject({
    code: 'WrongType',
    field: 'steps.sub.with.x',
  });
});

test('a wire from a step that may fail and go on needs a default', () => {
  const graph = (value: object) => [
    step('a', { onFailure: 'continue' }),
    step('b', { with: { x: value } }),
  ];
  expect(problemOf(graph(from('steps.a.out')))).toMatchObject({
    code: 'MissingDefault',
    field: 'steps.b.with.x',
    remedy: expect.stringContaining('add a default'),
  });
  expect(pipelineOf(graph({ ...from('steps.a.out'), default: 0 })).steps).toHaveLength(2);
});

test('lists from items that may fail hold nulls, and their readers must take them', () => {
  const parts = step('parts', { each: { in: [1, 2] }, onFailure: 'continue' });
  const join = (type: unknown) =>
    step('join', { input: { all: type }, with: { all: from('steps.parts.out') } });
  expect(problemOf([parts, join('number[]')])).toMatchObject({
    code: 'WrongType',
    value: 'steps.parts.out: list of number | null',
  });
  expect(pipelineOf([parts, join({ list: { anyOf: ['number', 'null'] } })]).steps).toHaveLength(2);
});

test('item, self and run have a meaning only where they are', () => {
  for (const place of ['item', 'iteration', 'self.out', 'run.status', 'nowhere.x']) {
    expect(problemOf([step('a', { with: { x: from(place) } })])).toMatchObject({
      code: 'BrokenReference',
      field: 'steps.a.with.x',
      value: place,
    });
  }
});

test('a misspelt key is answered with the nearest one, by the name of its step', () => {
  expect(problemOf([step('a', { onFailrue: 'skip' })])).toMatchObject({
    code: 'UnknownKey',
    field: 'steps.a.onFailrue',
    remedy: expect.stringContaining("'onFailure'"),
  });
});

test('what a step may be given, it need not be given', async () => {
  const folder = resolve(import.meta.dirname, '../../fixtures');
  const refuse = (given: object) => ({
    ...{ name: 'x', steps: [{ id: 'a', uses: './arithmetic-steps.ts#refuse', with: given }] },
  });
  const { steps } = await completePipeline(refuse({ why: 'no luck' }), folder);
  expect(steps[0]?.input).toEqual({ why: 'string', 'after?': 'number' });
  await completePipeline(refuse({ why: 'no luck', after: 1 }), folder);
  await expect(
    completePipeline(refuse({ why: 'no luck', after: 'one' }), folder),
  ).rejects.toMatchObject({ problem: { code: 'WrongType', field: 'steps.a.with.after' } });
});

test('a module step that does not exist is answered with those that do', async () => {
  const folder = resolve(import.meta.dirname, '../../fixtures');
  const graph = {
    name: 'x',
    steps: [{ id: 'a', uses: './arithmetic-steps.ts#sqare', with: { x: 1 } }],
  };
  await expect(completePipeline(graph, folder)).rejects.toMatchObject({
    problem: { code: 'UnknownStepKind', field: 'steps.a.uses', remedy: "Did you mean 'square'?" },
  });
  const gone = { name: 'x', steps: [{ id: 'a', uses: './gone.ts#square', with: { x: 1 } }] };
  await expect(completePipeline(gone, folder)).rejects.toMatchObject({
    problem: { code: 'ModuleMissing', field: 'steps.a.uses' },
  });
});
