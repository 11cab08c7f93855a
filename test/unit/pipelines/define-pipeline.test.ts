import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { z } from 'zod';
import {
  definePipeline,
  field,
  firstOf,
  orElse,
  pipelineStep,
} from '../../../src/pipelines/define-pipeline.ts';
import {
  approvalStep,
  execStep,
  lifecycleRun,
  lifecycleStep,
} from '../../../src/pipelines/define-step.ts';
import { loadPipeline } from '../../../src/pipelines/load-pipeline.ts';
import { pipelineHash } from '../../../src/pipelines/parse-pipeline.ts';
import { artifact } from '../../../src/pipelines/zod-types.ts';
import { add, say, square } from '../../fixtures/arithmetic-steps.ts';
import { pipelineOf } from '../../support/pipelines.ts';

const fixtures = resolve(import.meta.dirname, '../../fixtures');

test('YAML and TypeScript come to the same canonical form, with the same hash', async () => {
  const fromYaml = await loadPipeline(join(fixtures, 'sums.yaml'));
  const fromTypeScript = await loadPipeline(join(fixtures, 'sums.ts'));
  expect(fromTypeScript).toEqual(fromYaml);
  expect(pipelineHash(fromTypeScript)).toBe(pipelineHash(fromYaml));
  expect(pipelineHash(fromYaml)).toMatch(/^[0-9a-f]{64}$/);
});

test('the hash does not depend on how types are written, and changes with the graph', () => {
  const graph = (type: string | object, x: number) =>
    pipelineOf([{ id: 'a', uses: 'exec', exec: { command: ['x', `${x}`] } }], {
      inputs: { list: { type } },
    });
  expect(pipelineHash(graph('number[]', 1))).toBe(pipelineHash(graph({ list: 'number' }, 1)));
  expect(pipelineHash(graph('number[]', 1))).not.toBe(pipelineHash(graph('number[]', 2)));
});

test('a wire of the wrong type is refused when it is made, although a cast got it past the compiler', () => {
  expect(() =>
    definePipeline({
      name: 'wrong',
      inputs: { text: z.string() },
      build: ({ inputs, step }) => step('squared', square, { x: inputs.text as never }),
    }),
  ).toThrow("steps.squared.with.x: got 'inputs.text: string'; expected number.");
});

test('a step may be used more than once, and a default stands in for a branch not taken', () => {
  const { pipeline } = definePipeline({
    name: 'branches',
    inputs: { a: z.number() },
    build: ({ inputs, step }) => {
      const left = step('left', square, { x: inputs.a }, { when: { above: [inputs.a, 10] } });
      const right = step('right', square, { x: 2 });
      return step('both', add, { a: orElse(left.squared, 0), b: right.squared });
    },
  });
  expect(pipeline.steps[2]?.with).toEqual({
    a: { $from: 'steps.left.squared', default: 0 },
    b: { $from: 'steps.right.squared' },
  });
});

test('wrong wires fail at compile time, right ones do not', async () => {
  const folder = await mkdtemp(join(fixtures, 'types-'));
  const inputs = ['inputs.number', 'said.text', 'lists.text', 'said.txet', 'sum.sum', '2', "'two'"];
  const program = `
    import { z } from 'zod';
    import { definePipeline } from '../../../src/pipelines/define-pipeline.ts';
    import { add, say } from '../arithmetic-steps.ts';
    export default definePipeline({
      name: 'typed',
      inputs: { text: z.string(), number: z.number() },
      build: ({ inputs, step, each }) => {
        const said = step('said', say, { text: inputs.text });
        const lists = each('each', say, ['a', 'b'], (item) => ({ text: item }));
        const sum = step('sum', add, { a: 1, b: 2 });
        return [
          ${inputs.map((input) => `step('x', add, { a: 1, b: ${input} }), // ${input}`).join('\n')}
        ];
      },
    });`;
  try {
    const path = join(folder, 'typed.ts');
    await writeFile(path, program);
    const tsc = resolve(fixtures, '../../node_modules/typescript/bin/tsc');
    const flags = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023'];
    const more = ['--ignoreConfig', '--skipLibCheck', '--allowImportingTsExtensions'];
    const run = promisify(execFile)(process.execPath, [tsc, ...flags, ...more, path]);
    const said = await run.then(
      () => '',
      ({ stdout }: { stdout: string }) => stdout,
    );
    const lines = program.split('\n');
    const faulty = [...said.matchAll(/typed\.ts\((\d+),/g)].map(
      ([, line]) => lines[Number(line) - 1]?.split(' // ')[1],
    );
    expect(faulty, said).toEqual(['said.text', 'lists.text', 'said.txet', "'two'"]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('the compiler knows what a step takes', () => {
  // @ts-expect-error: an input is missing
  const forgets = () => oneStep((step) => step('s', add, { a: 1 }));
  expect(forgets).toThrow("steps.s.with.b: got undefined; expected an input 'b'");
  // @ts-expect-error: a text is no number
  const mistakes = () => oneStep((step) => step('s', add, { a: 1, b: 'two' }));
  expect(mistakes).toThrow("steps.s.with.b: got 'two'; expected number.");
  expect(oneStep((step) => step('s', say, { text: 'hello' })).steps).toHaveLength(1);
});

type StepFunction = Parameters<Parameters<typeof definePipeline>[0]['build']>[0]['step'];
const oneStep = (build: (step: StepFunction) => unknown) =>
  definePipeline({ name: 'one', inputs: {}, build: ({ step }) => ({ out: build(step) }) }).pipeline;

test('each kind of step can be used from TypeScript, and comes to what YAML does', () => {
  const job = { data: 'a.csv', target: 'y' };
  const inner = definePipeline({
    name: 'inner',
    inputs: { x: z.number() },
    build: ({ inputs, step }) => ({ y: step('s', square, { x: inputs.x }).squared }),
  });
  const exec = { command: ['python3', 'train.py'] };
  const trainer = execStep({
    exec,
    input: z.object({ n: z.number() }),
    output: z.object({ m: artifact() }),
  });
  const { pipeline } = definePipeline({
    name: 'all',
    inputs: { n: z.number() },
    build({ inputs, step, last }) {
      const prepared = step('prepare', lifecycleStep('preprocess'), { job });
      const whole = step('whole', lifecycleRun(), { job });
      const sub = step('sub', pipelineStep(inner), { x: inputs.n });
      const left = step('left', trainer, { n: inputs.n }, { when: { above: [inputs.n, 0] } });
      const right = step('right', trainer, { n: sub.y }, { when: { atMost: [inputs.n, 0] } });
      step('gate', approvalStep({ approvers: ['Ada'] }), { question: 'Go on?' });
      last('end', say, { text: 'done' });
      return {
        model: firstOf(left.m, right.m),
        rows: field(prepared.data, 'rows'),
        score: field(whole.result, 'score'),
      };
    },
  });
  const trainerTypes = { input: { n: 'number' }, output: { m: 'artifact' } };
  const from = (place: string) => ({ $from: place });
  const expected = pipelineOf(
    [
      { id: 'prepare', uses: 'preprocess', with: { job } },
      { id: 'whole', uses: 'lifecycle', with: { job } },
      { id: 'sub', uses: 'pipeline', pipeline: inner.pipeline, with: { x: from('inputs.n') } },
      {
        ...{ id: 'left', uses: 'exec', exec, ...trainerTypes, with: { n: from('inputs.n') } },
        when: { above: [from('inputs.n'), 0] },
      },
      {
        ...{ id: 'right', uses: 'exec', exec, ...trainerTypes, with: { n: from('steps.sub.y') } },
        when: { atMost: [from('inputs.n'), 0] },
      },
      {
        id: 'gate',
        uses: 'approval',
        approval: { approvers: ['Ada'] },
        with: { question: 'Go on?' },
      },
    ],
    {
      inputs: { n: { type: 'number' } },
      finally: [{ id: 'end', ...say.parts, ...say.types, with: { text: 'done' } }],
      outputs: {
        model: { $from: ['steps.left.m', 'steps.right.m'] },
        rows: from('steps.prepare.data.rows'),
        score: from('steps.whole.result.score'),
      },
    },
  );
  expect(pipelineHash(pipeline)).toBe(pipelineHash({ ...expected, name: 'all' }));
});
