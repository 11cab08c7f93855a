import type { FormatName } from '../schemas/model-export.ts';
import type { ModelFormat } from './model-format.ts';
import { onnx } from './onnx/onnx.ts';

export const formats: Readonly<Record<FormatName, ModelFormat>> = {
  onnx,
} as unknown as Readonly<Record<FormatName, ModelFormat>>;
