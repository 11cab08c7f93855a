import { failPoint } from '../fail-points.ts';
import { prepareData } from '../ml/data/prepare.ts';
import { numericFingerprint } from '../ml/fingerprint.ts';
import { PreparedData } from '../schemas/prepared-data.ts';
import { putJson } from '../stores/json-artifact.ts';
import type { Task } from './compute-task.ts';

/** From a raw table to shards; goes on from its newest checkpoint. */
export const prepareTable: Task<'prepare'> = async (
  { job },
  { stores: { artifacts }, workFolder, log, signal, onProgress },
) => {
  const prepared = await prepareData({
    job,
    workFolder,
    async save(path, mediaType) {
      const ref = await artifacts.putFile(path, mediaType);
      await failPoint('prepared-part');
      return ref;
    },
    pathOf: (ref) => artifacts.localPath(ref),
    onProgress: (progress) => onProgress({ kind: 'rows', ...progress }),
    signal,
    log,
  });
  const document = PreparedData.parse(prepared);
  const { fit, validation, test } = document.parts;
  return {
    prepared: await putJson(artifacts, document),
    transform: document.transform,
    report: document.report,
    problem: document.problem,
    rows: { fit: fit.rows, validation: validation.rows, test: test.rows },
    width: document.featureNames.length,
    image: document.layout.image,
    fingerprint: await numericFingerprint(),
  };
};
