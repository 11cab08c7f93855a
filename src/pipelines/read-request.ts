import type { z } from 'zod';
import { InputError } from '../errors.ts';
import { nearestName } from '../nearest.ts';
import { firstProblem } from '../schemas/first-problem.ts';
import type { Pipeline } from '../schemas/pipeline.ts';
import { PipelineRequest } from '../schemas/pipeline-run.ts';
import { completePipeline, loadPipeline } from './load-pipeline.ts';
import { findNamedPipeline } from './named-pipelines.ts';
import { describeType, valueFits } from './type-fit.ts';

type Values = Readonly<Record<string, unknown>>;

/** A request for a run of a graph, all of it checked: its inputs have their defaults. */
export interface CheckedRequest extends z.output<typeof PipelineRequest> {
  readonly pipeline: Pipeline;
}

/**
 * Reads what the workflow `pipeline` is started with; an InputError names the first fault.
 * @param named folder of the graphs that are asked for by name
 * @param folder what a graph that is written out means its relative paths from
 */
export async function readPipelineRequest(
  input: unknown,
  named: string,
  folder: string,
): Promise<CheckedRequest> {
  const request = parseRequest(input);
  const given = request.pipeline;
  const pipeline = await (typeof given === 'string'
    ? findNamedPipeline(named, given).then(loadPipeline)
    : completePipeline(given, folder));
  return { ...request, pipeline, inputs: checkInputs(pipeline, request.inputs) };
}

function parseRequest(input: unknown) {
  if (typeof input !== 'object' || input === null || !('pipeline' in input)) {
    throw new InputError({
      code: 'InvalidPipelineRequest',
      field: 'pipeline',
      value: input,
      expected:
        'an object such as {"pipeline": "churn", "inputs": {"data": "/data/customers.csv"}}',
      remedy: 'Give a graph, or the name of one that lies with the workers.',
    });
  }
  const parsed = PipelineRequest.safeParse(input);
  if (parsed.success) return parsed.data;
  const problem = firstProblem(parsed.error, PipelineRequest, input);
  const code = problem.code === 'InvalidJob' ? 'InvalidPipelineRequest' : problem.code;
  throw new InputError({ ...problem, code, remedy: problem.remedy.replace(' to the job', '') });
}

/** Inputs with their defaults; each is there and of its type. */
function checkInputs({ inputs: declared }: Pipeline, given: Values): Values {
  const names = Object.keys(declared);
  const stray = Object.keys(given).find((name) => !names.includes(name));
  if (stray !== undefined) {
    const nearest = nearestName(stray, names);
    throw new InputError({
      code: 'UnknownInput',
      field: `inputs.${stray}`,
      value: given[stray],
      expected: names.length === 0 ? 'no inputs' : `one of the inputs ${names.join(', ')}`,
      remedy: nearest === undefined ? `Remove '${stray}'.` : `Did you mean '${nearest}'?`,
    });
  }
  return Object.fromEntries(
    Object.entries(declared).map(([name, input]) => {
      const value = Object.hasOwn(given, name) ? given[name] : input.default;
      if (value === undefined && !('default' in input)) {
        throw new InputError({
          code: 'MissingInput',
          field: `inputs.${name}`,
          value: undefined,
          expected: describeType(input.type),
          remedy: `Give it: {"inputs": {"${name}": …}}.`,
        });
      }
      if (valueFits(value, input.type)) return [name, value];
      throw new InputError({
        code: 'WrongType',
        field: `inputs.${name}`,
        value,
        expected: describeType(input.type),
        remedy: 'Give a value of this type.',
      });
    }),
  );
}
