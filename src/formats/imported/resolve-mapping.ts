import { InputError } from '../../errors.ts';
import { nearestName } from '../../nearest.ts';
import type { ImportedPackage, ModelMapping, TensorInput } from '../../schemas/imported-model.ts';
import { type ForeignRuntime, feedShape, type TensorSignature } from './foreign-runtime.ts';
import { widthOf } from './record-encoder.ts';

type Resolved = Pick<ImportedPackage['imported'], 'inputs' | 'output'>;

/**
 * A mapping with the names of its tensors, held against what the model's file declares.
 * @throws InputError that names what doesn't fit
 */
export function resolveMapping(
  { inputs, output, task }: ModelMapping,
  { inputs: given, outputs }: Pick<ForeignRuntime, 'inputs' | 'outputs'>,
): Resolved {
  const named = inputs.map((input, index) => {
    const field = `inputs.${index}`;
    const tensor = input.tensor ?? onlyName(given, `${field}.tensor`, 'input');
    const signature = findTensor(given, tensor, `${field}.tensor`, 'input');
    checkColumns(input, signature, field);
    return { ...input, tensor };
  });
  refuseRepeated(named);
  const left = given.find(({ name }) => !named.some(({ tensor }) => tensor === name));
  if (left !== undefined) {
    throw unfit('inputs', named.map(({ tensor }) => tensor).join(', '), {
      expected: `all inputs of the model; '${left.name}' ${shapeInWords(left)} is given nothing`,
      remedy: `Add { tensor: ${left.name}, columns: […] } to 'inputs'.`,
    });
  }
  const numbers = outputs.filter(({ dtype }) => dtype.startsWith('float'));
  const tensor = output.tensor ?? onlyName(numbers, 'output.tensor', 'output of numbers');
  const signature = findTensor(outputs, tensor, 'output.tensor', 'output');
  if (signature.dtype === 'other' || signature.dtype === 'string') {
    throw unfit('output.tensor', tensor, {
      expected: `an output that is a tensor of numbers: ${namesOf(numbers)}`,
      remedy:
        "Choose one of these; from scikit-learn, convert with options={'zipmap': False}, so that probabilities are a tensor.",
    });
  }
  return { inputs: named, output: { ...output, tensor, holds: holdsOf(output.holds, task) } };
}

function holdsOf(
  holds: ModelMapping['output']['holds'],
  task: ModelMapping['task'],
): Resolved['output']['holds'] {
  const isRegression = task === 'regression';
  if (holds === undefined) return isRegression ? 'values' : 'probabilities';
  if (isRegression === (holds === 'values')) return holds;
  throw unfit('output.holds', holds, {
    expected: isRegression ? "'values' for regression" : `'probabilities' or 'logits' for ${task}`,
    remedy: "Change 'output.holds', or 'task'.",
  });
}

function checkColumns({ columns }: TensorInput, signature: TensorSignature, field: string): void {
  const isText = columns.map(({ as }) => as === 'text');
  const wantsText = signature.dtype === 'string';
  const stray = columns.find(({ as }) => (as === 'text') !== wantsText);
  if (signature.dtype === 'other') {
    throw unfit(`${field}.tensor`, signature.name, {
      expected: 'an input of float32, float64, int32, int64, uint8, bool or text',
      remedy: 'Convert the model so that it takes one of these.',
    });
  }
  if (stray !== undefined) {
    throw unfit(`${field}.columns`, stray.column, {
      expected: wantsText
        ? `columns as text: '${signature.name}' takes text`
        : `columns as numbers: '${signature.name}' takes ${signature.dtype}${isText.some(Boolean) ? ', and text is none' : ''}`,
      remedy: wantsText
        ? `Write { as: text, column: ${stray.column} }.`
        : `Write { as: index, … } or { as: one-hot, … } for '${stray.column}'.`,
    });
  }
  refuseGaps(columns, signature, field);
  const width = columns.reduce((sum, column) => sum + widthOf(column), 0);
  if (feedShape(signature, width, 1) !== null) return;
  throw unfit(`${field}.columns`, `${width} values a row`, {
    expected: `what '${signature.name}' ${shapeInWords(signature)} takes`,
    remedy: "List all of the model's columns, in its own order; levels count one by one.",
  });
}

/** Whole numbers have no NaN. */
function refuseGaps(
  columns: TensorInput['columns'],
  { dtype, name }: TensorSignature,
  field: string,
): void {
  if (dtype === 'float32' || dtype === 'float64') return;
  const open = columns.find((column) => 'impute' in column && column.impute === null);
  if (open === undefined) return;
  throw unfit(`${field}.columns`, open.column, {
    expected: `a value in place of missing ones: '${name}' takes ${dtype}, which has no NaN`,
    remedy: `Write { as: ${open.as}, column: ${open.column}, impute: 0 }.`,
  });
}

function refuseRepeated(inputs: Resolved['inputs']): void {
  const names = inputs.map(({ tensor }) => tensor);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) {
    throw unfit('inputs', repeated, {
      expected: 'each input once',
      remedy: `List all columns of '${repeated}' together.`,
    });
  }
  const images = inputs.flatMap(({ columns }) => columns).filter(({ as }) => as === 'image');
  if (images.length > 1) {
    throw unfit('inputs', images.map(({ column }) => column).join(', '), {
      expected: 'one column of images at most',
      remedy: 'Leave the others out.',
    });
  }
}

function findTensor(
  signatures: readonly TensorSignature[],
  name: string,
  field: string,
  kind: string,
): TensorSignature {
  const found = signatures.find((each) => each.name === name);
  if (found !== undefined) return found;
  const nearest = nearestName(
    name,
    signatures.map((each) => each.name),
  );
  throw unfit(field, name, {
    expected: `an ${kind} of the model: ${namesOf(signatures)}`,
    remedy: nearest === undefined ? 'Choose one of these.' : `Did you mean '${nearest}'?`,
  });
}

function onlyName(signatures: readonly TensorSignature[], field: string, kind: string): string {
  const [first, ...others] = signatures;
  if (first !== undefined && others.length === 0) return first.name;
  throw unfit(field, undefined, {
    expected:
      first === undefined
        ? `an ${kind}, which the model does not have`
        : `which ${kind} it is: ${namesOf(signatures)}`,
    remedy: `Add '${field}'.`,
  });
}

const namesOf = (signatures: readonly TensorSignature[]): string =>
  signatures.map(({ name }) => name).join(', ');

const shapeInWords = ({ shape, dtype }: TensorSignature): string =>
  `${dtype} [${shape === null ? '…' : shape.map((size, i) => size ?? (i === 0 ? 'rows' : '?')).join(', ')}]`;

const unfit = (
  field: string,
  value: unknown,
  { expected, remedy }: { expected: string; remedy: string },
): InputError => new InputError({ code: 'UnfitMapping', field, value, expected, remedy });
