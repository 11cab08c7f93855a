/** Starts a run from another Node program, waits for its model, and asks it for a prediction. */

import { LifecycleClient } from '../../src/client/lifecycle-client.ts';
import { readConfig } from '../../src/config.ts';

const client = await LifecycleClient.connect(readConfig());
try {
  const run = await client.start(
    { data: '../02-line/line.csv', target: 'y', budget: { trials: 2 } },
    { folder: import.meta.dirname, requestedBy: 'nightly price service' },
  );
  const { model, version, metric, score } = await client.result(run);
  console.log(JSON.stringify({ workflowId: run.workflowId, model, version, metric, score }));
} finally {
  await client.close();
}
