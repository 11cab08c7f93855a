import { readConfig } from '../../config.ts';
import { InputError } from '../../errors.ts';
import { isLightGbmThere, LIGHTGBM_VERSION, lightGbmLibrary } from './release.ts';

/** A pointer that LightGBM gave; null for none. */
export type Handle = unknown;
type Values = Float32Array | Float64Array | Int32Array;

/** LightGBM's C functions that are used here; each returns 0, or says what went wrong. */
interface Functions {
  LGBM_GetLastError(): string;
  LGBM_DatasetCreateFromMat(
    data: Values,
    type: number,
    rows: number,
    columns: number,
    rowMajor: 1,
    parameters: string,
    reference: Handle,
    out: [Handle],
  ): number;
  LGBM_DatasetCreateByReference(reference: Handle, rows: bigint, out: [Handle]): number;
  LGBM_DatasetPushRows(
    dataset: Handle,
    data: Values,
    type: number,
    rows: number,
    columns: number,
    startRow: number,
  ): number;
  LGBM_DatasetSetField(
    dataset: Handle,
    name: string,
    data: Values,
    length: number,
    type: number,
  ): number;
  LGBM_DatasetFree(dataset: Handle): number;
  LGBM_BoosterCreate(dataset: Handle, parameters: string, out: [Handle]): number;
  LGBM_BoosterFree(booster: Handle): number;
  LGBM_BoosterResetParameter(booster: Handle, parameters: string): number;
  LGBM_BoosterUpdateOneIterCustom(
    booster: Handle,
    gradients: Float32Array,
    hessians: Float32Array,
    finished: [number],
  ): number;
  LGBM_BoosterGetPredict(
    booster: Handle,
    dataIndex: number,
    length: [number],
    out: Float64Array,
  ): number;
  LGBM_BoosterSaveModelToString(
    booster: Handle,
    startIteration: number,
    iterations: number,
    importance: number,
    bufferLength: number,
    length: [number],
    out: Uint8Array,
  ): number;
  LGBM_BoosterLoadModelFromString(text: string, iterations: [number], out: [Handle]): number;
  LGBM_BoosterGetNumClasses(booster: Handle, out: [number]): number;
  LGBM_BoosterPredictForMat(
    booster: Handle,
    data: Values,
    type: number,
    rows: number,
    columns: number,
    rowMajor: 1,
    kind: number,
    startIteration: number,
    iterations: number,
    parameters: string,
    length: [number],
    out: Float64Array,
  ): number;
}

const PROTOTYPES: Readonly<Record<keyof Functions, string>> = {
  LGBM_GetLastError: 'const char* LGBM_GetLastError()',
  LGBM_DatasetCreateFromMat:
    'int LGBM_DatasetCreateFromMat(const void*, int, int32_t, int32_t, int, const char*, void*, _Out_ void**)',
  LGBM_DatasetCreateByReference: 'int LGBM_DatasetCreateByReference(void*, int64_t, _Out_ void**)',
  LGBM_DatasetPushRows:
    'int LGBM_DatasetPushRows(void*, const void*, int, int32_t, int32_t, int32_t)',
  LGBM_DatasetSetField: 'int LGBM_DatasetSetField(void*, const char*, const void*, int, int)',
  LGBM_DatasetFree: 'int LGBM_DatasetFree(void*)',
  LGBM_BoosterCreate: 'int LGBM_BoosterCreate(void*, const char*, _Out_ void**)',
  LGBM_BoosterFree: 'int LGBM_BoosterFree(void*)',
  LGBM_BoosterResetParameter: 'int LGBM_BoosterResetParameter(void*, const char*)',
  LGBM_BoosterUpdateOneIterCustom:
    'int LGBM_BoosterUpdateOneIterCustom(void*, const float*, const float*, _Out_ int*)',
  LGBM_BoosterGetPredict: 'int LGBM_BoosterGetPredict(void*, int, _Out_ int64_t*, _Out_ double*)',
  LGBM_BoosterSaveModelToString:
    'int LGBM_BoosterSaveModelToString(void*, int, int, int, int64_t, _Out_ int64_t*, _Out_ char*)',
  LGBM_BoosterLoadModelFromString:
    'int LGBM_BoosterLoadModelFromString(const char*, _Out_ int*, _Out_ void**)',
  LGBM_BoosterGetNumClasses: 'int LGBM_BoosterGetNumClasses(void*, _Out_ int*)',
  LGBM_BoosterPredictForMat:
    'int LGBM_BoosterPredictForMat(void*, const void*, int, int32_t, int32_t, int, int, int, int, const char*, _Out_ int64_t*, _Out_ double*)',
};

/** Element types as LightGBM numbers them. */
export const FLOAT32 = 0;
export const FLOAT64 = 1;

export type LightGbm = Functions;

let loaded: LightGbm | undefined;

/**
 * Loads the library once per process, and koffi only with it: what grows no trees waits for neither.
 * @throws InputError `LightGbmMissing` where set-up has not provided it, or it does not load.
 */
export async function loadLightGbm(): Promise<LightGbm> {
  loaded ??= await bind(lightGbmLibrary(readConfig().cache));
  return loaded;
}

/** @throws Error with LightGBM's own words, where a call failed */
export function check(lightGbm: LightGbm, result: number): void {
  if (result !== 0) throw new Error(`LightGBM: ${lightGbm.LGBM_GetLastError()}`);
}

async function bind(file: string): Promise<LightGbm> {
  try {
    const { default: koffi } = await import('koffi');
    const library = koffi.load(file);
    const functions = Object.entries(PROTOTYPES).map(([name, prototype]) => [
      name,
      library.func(prototype),
    ]);
    return Object.fromEntries(functions) as LightGbm;
  } catch (cause) {
    throw new InputError(
      {
        code: 'LightGbmMissing',
        field: 'LightGBM',
        value: isLightGbmThere() ? (cause as Error).message : 'not set up',
        expected: `LightGBM ${LIGHTGBM_VERSION}, which gradient boosting and random forests train with`,
        remedy:
          'Run `npm run setup`, which fetches it with pip; it needs libgomp (on Debian or Ubuntu: apt-get install libgomp1).',
      },
      { cause },
    );
  }
}
