import { interfaceOf } from '../pipelines/check-scope.ts';
import type { Task, Values } from '../pipelines/graph-state.ts';
import type { Pipeline, Step } from '../schemas/pipeline.ts';

interface Inner {
  readonly pipeline: Pipeline;
  readonly inputs: Values;
  readonly storesLists: boolean;
}

/** A graph that is one step of another. */
export function taskOfPipeline(step: Step, inputs: Values): Inner {
  const pipeline = step.pipeline as Pipeline;
  const defaults = Object.entries(pipeline.inputs).flatMap(([name, input]) =>
    'default' in input ? [[name, input.default] as const] : [],
  );
  return { pipeline, inputs: { ...Object.fromEntries(defaults), ...inputs }, storesLists: false };
}

/** A part of a long list: the step that fans out, over these items, as a graph of its own. */
export function taskOfChunk({ step, chunk }: Task): Inner {
  const { each, ...rest } = step;
  const outputs = Object.keys(interfaceOf(step).output);
  const alone: Step = {
    ...rest,
    // Counted where the whole list is.
    trial: false,
    each: { atOnce: 1, ...each, in: { $from: 'inputs.items' } },
    with: chunk?.with as Step['with'],
    after: [],
    when: undefined,
  };
  return {
    storesLists: true,
    inputs: { items: chunk?.items },
    pipeline: {
      schemaVersion: 1,
      name: 'part',
      description: '',
      inputs: { items: { type: 'list', description: '' } },
      steps: [alone],
      finally: [],
      outputs: Object.fromEntries(
        outputs.map((name) => [name, { $from: `steps.${step.id}.${name}` }]),
      ),
      priority: 'interactive',
      cache: 'off',
    },
  };
}
