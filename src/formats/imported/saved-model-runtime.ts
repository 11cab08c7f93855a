import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Tensor } from '@tensorflow/tfjs';
import { InputError } from '../../errors.ts';
import { loadTensorFlow, type TensorFlow } from '../../ml/backend.ts';
import { dataTypeNumbers, messageType } from '../../ml/graph/tensorflow-schema.ts';
import {
  type Feed,
  type ForeignRuntime,
  feedShape,
  type ModelFiles,
  type TensorSignature,
  type TensorType,
} from './foreign-runtime.ts';

const GRAPH = 'saved_model.pb';
const TAG = 'serve';
const SIGNATURE = 'serving_default';

/** Ops that a prediction has no need of, and that reach out of the graph: to files, or to Python. */
const FORBIDDEN_OPS: ReadonlySet<string> = new Set([
  ...['PyFunc', 'PyFuncStateless', 'EagerPyFunc'],
  ...['ReadFile', 'WriteFile', 'MatchingFiles', 'WholeFileReader', 'WholeFileReaderV2'],
  ...['TextLineDataset', 'TFRecordDataset', 'FixedLengthRecordDataset', 'SaveDataset'],
]);

interface LoadedModel {
  predict(inputs: Record<string, Tensor>): Record<string, Tensor>;
  dispose(): void;
}
interface WithSavedModels {
  node?: { loadSavedModel(folder: string, tags: string[], name: string): Promise<LoadedModel> };
}

/** Runs a SavedModel by native TensorFlow. */
export async function openSavedModel(files: ModelFiles): Promise<ForeignRuntime> {
  const { inputs, outputs } = readSignature(await files.read(GRAPH));
  const tf = await loadTensorFlow();
  const { node } = tf as unknown as WithSavedModels;
  if (node === undefined) throw needsNative();
  const model = await withFolder(files, (folder) => node.loadSavedModel(folder, [TAG], SIGNATURE));
  return {
    runtime: `tfjs-node ${tf.version_core}`,
    inputs,
    outputs,
    async run(feeds, rows, output) {
      const given = Object.fromEntries(
        feeds.map((feed) => {
          const signature = inputs.find(({ name }) => name === feed.tensor) as TensorSignature;
          return [feed.tensor, toTensor(tf, signature, feed, rows)] as const;
        }),
      );
      const results = model.predict(given);
      const values = await (results[output] as Tensor).data();
      tf.dispose([...Object.values(given), ...Object.values(results)]);
      return values;
    },
    dispose: async () => model.dispose(),
  };
}

interface MetaGraph {
  readonly metaInfoDef: { readonly tags: readonly string[] };
  readonly graphDef: {
    readonly node: readonly { readonly op: string; readonly name: string }[];
    readonly library?: {
      readonly function: readonly { readonly nodeDef: MetaGraph['graphDef']['node'] }[];
    };
  };
  readonly signatureDef: Readonly<Record<string, Record<'inputs' | 'outputs', Tensors>>>;
}
type Tensors = Readonly<
  Record<
    string,
    {
      readonly dtype: number;
      readonly tensorShape?: {
        readonly dim: readonly { readonly size: unknown }[];
        readonly unknownRank?: boolean;
      };
    }
  >
>;

function readSignature(bytes: Uint8Array): Record<'inputs' | 'outputs', TensorSignature[]> {
  const type = messageType('SavedModel');
  const { metaGraphs } = type.toObject(type.decode(bytes), {
    arrays: true,
    objects: true,
    longs: Number,
  }) as { metaGraphs: MetaGraph[] };
  const graph = metaGraphs.find(({ metaInfoDef }) => metaInfoDef.tags.includes(TAG));
  if (graph === undefined) {
    const found = metaGraphs.map(({ metaInfoDef }) => metaInfoDef.tags.join('+')).join(', ');
    throw unfit(
      `a graph with the tag '${TAG}'; there is ${found || 'none'}`,
      'tf.saved_model.save',
    );
  }
  refuseForbidden(graph);
  const signature = graph.signatureDef[SIGNATURE];
  if (signature === undefined) {
    const names = Object.keys(graph.signatureDef).join(', ');
    throw unfit(
      `a signature '${SIGNATURE}'; there is ${names || 'none'}`,
      `tf.saved_model.save(…, signatures={'${SIGNATURE}': …}), or model.export of Keras`,
    );
  }
  return { inputs: tensorsOf(signature.inputs), outputs: tensorsOf(signature.outputs) };
}

function refuseForbidden({ graphDef }: MetaGraph): void {
  const nodes = [
    ...graphDef.node,
    ...(graphDef.library?.function ?? []).flatMap(({ nodeDef }) => nodeDef),
  ];
  const found = nodes.find(({ op }) => FORBIDDEN_OPS.has(op));
  if (found === undefined) return;
  throw new InputError({
    code: 'ForbiddenOp',
    field: 'model',
    value: `${found.op} (${found.name})`,
    expected: 'a graph that reads no files of its own and runs no Python',
    remedy: 'Save the model without this op: what it reads belongs into the inputs.',
  });
}

const NAMES = new Map<number, string>(
  Object.entries(dataTypeNumbers).map(([name, number]) => [number, name]),
);
/** What TensorFlow.js hands over to TensorFlow; it has no float64. */
const TAKEN: ReadonlySet<string> = new Set([
  'float32',
  'int32',
  'int64',
  'uint8',
  'bool',
  'string',
]);

const tensorsOf = (tensors: Tensors): TensorSignature[] =>
  Object.entries(tensors).map(([name, { dtype, tensorShape }]) => {
    const type = NAMES.get(dtype) ?? 'other';
    return {
      name,
      dtype: TAKEN.has(type) ? (type as TensorType) : 'other',
      shape:
        tensorShape === undefined || tensorShape.unknownRank === true
          ? null
          : tensorShape.dim.map(({ size }) => (Number(size) > 0 ? Number(size) : null)),
    };
  });

function toTensor(
  tf: TensorFlow,
  signature: TensorSignature,
  { values, width }: Feed,
  rows: number,
): Tensor {
  const shape = feedShape(signature, width, rows) as number[];
  if (!(values instanceof Float64Array)) return tf.tensor([...values], shape, 'string');
  switch (signature.dtype) {
    case 'float32':
      return tf.tensor(Float32Array.from(values), shape, 'float32');
    case 'bool':
      return tf.tensor(
        Uint8Array.from(values, (value) => (value === 0 ? 0 : 1)),
        shape,
        'bool',
      );
    default:
      return tf.tensor(Int32Array.from(values), shape, 'int32');
  }
}

/** TensorFlow reads a folder; it has read all of it when the model is loaded. */
async function withFolder<T>(files: ModelFiles, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'sevenfold-saved-model-'));
  try {
    for (const path of files.paths) {
      const target = join(folder, path);
      await mkdir(dirname(target), { recursive: true });
      await copyFile(await files.localPath(path), target);
    }
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const unfit = (expected: string, way: string): InputError =>
  new InputError({
    code: 'UnfitModel',
    field: 'model',
    value: GRAPH,
    expected,
    remedy: `Save it by ${way}.`,
  });

const needsNative = (): InputError =>
  new InputError({
    code: 'NeedsNativeTensorFlow',
    field: 'model',
    value: GRAPH,
    expected: 'native TensorFlow, which runs SavedModels; this process has WebAssembly',
    remedy: "Unset SEVENFOLD_BACKEND, and see 'sevenfold doctor'.",
  });
