import { InputError, type InputProblem } from '../errors.ts';
import { nearestName } from '../nearest.ts';
import { firstProblem } from './first-problem.ts';
import { ModelMapping } from './imported-model.ts';
import { directionOf, suitsTask, USUAL_METRICS } from './metric-tasks.ts';
import { MetricName, type Problem } from './problem.ts';

/** A valid mapping with its defaults; an InputError names the first field that is not right. */
export function parseMapping(input: unknown): ModelMapping {
  const spelledOut = withColumnsSpelledOut(input);
  const parsed = ModelMapping.safeParse(spelledOut);
  if (!parsed.success) {
    const problem = firstProblem(parsed.error, ModelMapping, spelledOut);
    throw new InputError({
      ...problem,
      code: problem.code === 'InvalidJob' ? 'InvalidMapping' : problem.code,
      field: problem.field === 'job' ? 'mapping' : problem.field,
      remedy: problem.remedy.replace('to the job', 'to the mapping'),
    });
  }
  const conflict = findConflict(parsed.data);
  if (conflict !== undefined) throw new InputError({ code: 'InvalidMapping', ...conflict });
  return parsed.data;
}

/** What a model with this mapping predicts. */
export function problemOf({ task, target, classes, ...mapping }: ModelMapping): Problem {
  const metric = mapping.metric ?? USUAL_METRICS[task];
  const positiveClass =
    task === 'binary' ? (mapping.positiveClass ?? classes.at(-1) ?? null) : null;
  return { task, target, classes, positiveClass, metric, direction: directionOf(metric) };
}

/** A name alone stands for a number in the model's own units. */
function withColumnsSpelledOut(input: unknown): unknown {
  if (typeof input !== 'object' || input === null || !('inputs' in input)) return input;
  const { inputs } = input;
  if (!Array.isArray(inputs)) return input;
  return {
    ...input,
    inputs: inputs.map((tensor: unknown) =>
      typeof tensor === 'object' &&
      tensor !== null &&
      'columns' in tensor &&
      Array.isArray(tensor.columns)
        ? {
            ...tensor,
            columns: tensor.columns.map((column: unknown) =>
              typeof column === 'string' ? { as: 'number', column } : column,
            ),
          }
        : tensor,
    ),
  };
}

const CLASSES = { regression: [0, 0], binary: [2, 2], multiclass: [3, Infinity] } as const;
const EXPECTED = {
  regression: 'no classes for regression',
  binary: 'the two classes, in the order of the outputs',
  multiclass: 'three classes or more, in the order of the outputs',
} as const;

function findConflict(mapping: ModelMapping): Omit<InputProblem, 'code'> | undefined {
  const { task, classes, positiveClass, metric, target, inputs, output } = mapping;
  const [least, most] = CLASSES[task];
  if (classes.length < least || classes.length > most) {
    return {
      ...{ field: 'classes', value: classes, expected: EXPECTED[task] },
      remedy:
        task === 'regression' ? "Remove 'classes', or change 'task'." : "Add them to 'classes'.",
    };
  }
  const repeated = classes.find((name, index) => classes.indexOf(name) !== index);
  if (repeated !== undefined) {
    return {
      ...{ field: 'classes', value: repeated, expected: 'each class once' },
      remedy: 'Name each output by a label of its own.',
    };
  }
  if (positiveClass !== undefined && !(task === 'binary' && classes.includes(positiveClass))) {
    const nearest = nearestName(positiveClass, classes);
    return {
      field: 'positiveClass',
      value: positiveClass,
      expected: task === 'binary' ? `one of ${classes.join(', ')}` : `none for ${task}`,
      remedy: nearest === undefined ? "Change 'positiveClass'." : `Did you mean '${nearest}'?`,
    };
  }
  if (metric !== undefined && !suitsTask(metric, task)) {
    const suitable = MetricName.options.filter((name) => suitsTask(name, task));
    return {
      ...{ field: 'metric', value: metric },
      expected: `a metric for ${task}: ${suitable.join(', ')}`,
      remedy: "Change 'metric'.",
    };
  }
  const leaking = inputs.findIndex(({ columns }) =>
    columns.some(({ column }) => column === target),
  );
  if (leaking >= 0) {
    return {
      ...{ field: `inputs.${leaking}.columns`, value: target },
      expected: 'columns other than the target',
      remedy: 'A model can not be given what it predicts.',
    };
  }
  const { log, shift, scale } = output.units;
  if (task !== 'regression' && (log || shift !== 0 || scale !== 1)) {
    return {
      ...{ field: 'output.units', value: output.units, expected: `none for ${task}` },
      remedy: "Remove 'output.units'.",
    };
  }
  return undefined;
}
