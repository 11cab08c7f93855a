import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { graphDef, shapeProto } from './encode-graph.ts';
import { type DataType, type GraphNode, type Output, type Shape, tensorName } from './graph.ts';
import { dataTypeNumbers, messageType } from './tensorflow-schema.ts';

/** A tensor that is fed or fetched, under a name of its own. */
export interface SignatureTensor {
  readonly output: Output;
  readonly dtype: DataType;
  readonly shape: Shape | 'unknown';
}

export interface Signature {
  readonly inputs: Readonly<Record<string, SignatureTensor>>;
  readonly outputs: Readonly<Record<string, SignatureTensor>>;
}

/** What a SavedModel says of its variables: where they are, and how they are saved and restored. */
export interface SavedVariables {
  /** Fields of SaverDef. */
  readonly saver: {
    readonly filename: Output;
    readonly save: Output;
    readonly restore: GraphNode;
  };
  readonly variables: readonly {
    /** Node of the op VarHandleOp. */
    readonly handle: GraphNode;
    /** The op that assigns the initial value. */
    readonly initialise: GraphNode;
    readonly initialValue: Output;
    readonly read: Output;
    readonly trainable: boolean;
  }[];
}

export interface SavedModelContent {
  readonly nodes: readonly GraphNode[];
  /** By name; TensorFlow Serving and `saved_model_cli` look for 'serving_default'. */
  readonly signatures: Readonly<Record<string, Signature>>;
  readonly variables?: SavedVariables;
}

const TAG = 'serve';
const TENSORFLOW_VERSION = '2.21.0';

/**
 * The bytes of `saved_model.pb` (https://www.tensorflow.org/guide/saved_model), in the form of
 * TensorFlow 1 and 2 without an object graph, which both load.
 */
export function encodeSavedModel(content: SavedModelContent): Uint8Array {
  const metaGraph = {
    metaInfoDef: { tags: [TAG], tensorflowVersion: TENSORFLOW_VERSION },
    graphDef: graphDef(content.nodes),
    signatureDef: mapValues(content.signatures, signatureDef),
    ...(content.variables && variableFields(content.variables)),
  };
  const type = messageType('SavedModel');
  const message = type.create({ savedModelSchemaVersion: 1, metaGraphs: [metaGraph] });
  return type.encode(message).finish();
}

/** Writes `saved_model.pb` into a folder, which is made. */
export async function writeSavedModel(folder: string, content: SavedModelContent): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'saved_model.pb'), encodeSavedModel(content));
}

const signatureDef = ({ inputs, outputs }: Signature): object => ({
  inputs: mapValues(inputs, tensorInfo),
  outputs: mapValues(outputs, tensorInfo),
  methodName: 'tensorflow/serving/predict',
});

const tensorInfo = ({ output, dtype, shape }: SignatureTensor): object => ({
  name: tensorName(output),
  dtype: dataTypeNumbers[dtype],
  tensorShape: shapeProto(shape),
});

function variableFields({ saver, variables }: SavedVariables): object {
  const type = messageType('VariableDef');
  const encoded = variables.map(({ handle, initialise, initialValue, read, trainable }) => {
    const message = type.create({
      variableName: `${handle.name}:0`,
      initializerName: initialise.name,
      snapshotName: tensorName(read),
      initialValueName: tensorName(initialValue),
      isResource: true,
      trainable,
    });
    return { trainable, bytes: type.encode(message).finish() };
  });
  const collection = (chosen: typeof encoded) => ({
    bytesList: { value: chosen.map(({ bytes }) => bytes) },
  });
  return {
    saverDef: {
      filenameTensorName: tensorName(saver.filename),
      saveTensorName: tensorName(saver.save),
      restoreOpName: saver.restore.name,
      maxToKeep: 1,
      keepCheckpointEveryNHours: 10_000,
      version: 2,
    },
    collectionDef: {
      variables: collection(encoded),
      trainable_variables: collection(encoded.filter(({ trainable }) => trainable)),
    },
  };
}

const mapValues = <T, R>(record: Readonly<Record<string, T>>, map: (value: T) => R) =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
