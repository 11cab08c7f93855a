import { InputError } from '../../errors.ts';
import type { ImportFormat } from '../../schemas/imported-model.ts';
import type { ForeignRuntime, ModelFiles } from './foreign-runtime.ts';
import { openKerasModel } from './keras/keras-runtime.ts';
import { openOnnxModel } from './onnx-runtime.ts';
import { openSavedModel } from './saved-model-runtime.ts';

/** Loads a foreign model from its files; an InputError says why it can't be. */
export async function openForeignModel(
  format: ImportFormat,
  files: ModelFiles,
): Promise<ForeignRuntime> {
  try {
    return await OPENERS[format](files);
  } catch (error) {
    if (error instanceof InputError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new InputError(
      {
        code: 'CorruptModel',
        field: 'model',
        value: files.paths[0],
        expected: `a model in the format ${format}, complete in itself (${message.split('\n')[0]})`,
        remedy: REMEDIES[format],
      },
      { cause: error },
    );
  }
}

const OPENERS: Readonly<Record<ImportFormat, (files: ModelFiles) => Promise<ForeignRuntime>>> = {
  onnx: openOnnxModel,
  'saved-model': openSavedModel,
  keras: (files) => openKerasModel(files, 'keras'),
  'keras-h5': (files) => openKerasModel(files, 'keras-h5'),
};

const REMEDIES: Readonly<Record<ImportFormat, string>> = {
  onnx: 'Check it by onnx.checker; weights in files of their own have to be saved into the one file.',
  'saved-model': 'Save it again, by tf.saved_model.save or model.export.',
  keras: 'Save it again, by model.save.',
  'keras-h5': 'Save it again, by model.save.',
};
