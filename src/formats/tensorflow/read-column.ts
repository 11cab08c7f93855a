import type { Output } from '../../ml/graph/graph.ts';
import type { InputColumn } from '../../schemas/model-package.ts';
import { emitParseDate } from './date-text.ts';
import type { TensorFlowOps } from './tensorflow-ops.ts';

/** TensorFlow parses dates itself: 32 bits can't tell a second from the next. */
export const isText = (type: InputColumn['type']): boolean =>
  type === 'string' || type === 'datetime';

/** A placeholder as transforms take it: text, or float64. */
export function readColumn(ops: TensorFlowOps, { type }: InputColumn, output: Output): Output {
  if (!isText(type)) return ops.toFloat64(output);
  const text = ops.builder.add('StringStrip', [output]);
  return type === 'datetime' ? emitParseDate(ops, text) : text;
}
