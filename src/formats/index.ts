import type { FormatName } from '../schemas/model-export.ts';
import { keras } from './keras/keras.ts';
import { kerasH5 } from './keras/keras-h5.ts';
import { lightgbm } from './lightgbm/lightgbm.ts';
import type { ModelFormat } from './model-format.ts';
import { onnx } from './onnx/onnx.ts';
import { pytorch } from './pytorch/pytorch.ts';
import { torchscript } from './pytorch/torchscript.ts';
import { savedModel } from './tensorflow/saved-model.ts';
import { graphModel } from './tfjs/graph-model.ts';
import { layersModel } from './tfjs/layers-model.ts';
import { tflite } from './tflite/tflite.ts';

/** Every format that a model can be written in. */
export const formats: Readonly<Record<FormatName, ModelFormat>> = {
  'saved-model': savedModel,
  onnx,
  keras,
  'keras-h5': kerasH5,
  pytorch,
  torchscript,
  'tfjs-layers': layersModel,
  'tfjs-graph': graphModel,
  tflite,
  lightgbm,
};
