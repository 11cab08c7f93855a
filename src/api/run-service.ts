import { type LifecycleClient, lifecycleStart } from '../client/lifecycle-client.ts';
import type { RunHandle } from '../client/run-client.ts';
import { InputError } from '../errors.ts';
import type { ApiToken } from '../schemas/api-token.ts';
import type { JobInput } from '../schemas/job.ts';
import { parseJob } from '../schemas/parse-job.ts';
import type { StartRunRequest } from '../schemas/run-api.ts';
import { DataPolicy } from './data-policy.ts';
import {
  type AskedRun,
  type Asking,
  requester,
  type StartOnce,
  startOptions,
} from './start-once.ts';

interface RunServiceOptions {
  readonly client: LifecycleClient;
  readonly starts: StartOnce;
  /** Folder that the data of jobs has to lie in; relative paths are meant from it. */
  readonly dataRoot: string;
}

/** Starts lifecycles for holders of tokens. */
export class RunService {
  readonly #options: RunServiceOptions;

  constructor(options: RunServiceOptions) {
    this.#options = options;
  }

  async start(asking: Asking & { readonly request: StartRunRequest }): Promise<AskedRun> {
    const { starts, dataRoot } = this.#options;
    const job = parseJob(asking.request.job) as JobInput;
    new DataPolicy(dataRoot).check(job);
    const start = lifecycleStart(job, { folder: dataRoot, ...startOptions(asking) });
    return starts.start({ workflowType: 'lifecycle', ...start }, asking);
  }

  /** Does a closed run again, if this token's holder may read its data. */
  async rerun(
    run: RunHandle,
    { from, set }: { readonly from: string; readonly set: Readonly<Record<string, unknown>> },
    token: ApiToken,
  ): Promise<AskedRun> {
    const { client, dataRoot } = this.#options;
    new DataPolicy(dataRoot).checkChanges(set);
    const found = await run.describe();
    if (found.status.name === 'RUNNING') {
      throw new InputError({
        ...{ code: 'RunUnderWay', field: 'id', value: run.workflowId },
        ...{ expected: 'a run that has ended', remedy: 'Wait for its end, or cancel it.' },
      });
    }
    const again = await client.rerun(run.workflowId, {
      ...{ from, set, folder: dataRoot, requestedBy: requester(token) },
    });
    return { id: again.workflowId, runId: again.firstExecutionRunId, isNew: true };
  }
}
