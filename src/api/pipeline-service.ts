import { pipelineStart } from '../client/pipeline-client.ts';
import { mapFiles } from '../pipelines/map-files.ts';
import { readPipelineRequest } from '../pipelines/read-request.ts';
import type { StartPipelineRunRequest } from '../schemas/run-api.ts';
import { scopeMissing } from './authenticate.ts';
import { refuseOutside } from './data-root.ts';
import { type AskedRun, type Asking, type StartOnce, startOptions } from './start-once.ts';

interface PipelineServiceOptions {
  readonly starts: StartOnce;
  /** Folder that inputs of the type `file` have to lie in; relative paths are meant from it. */
  readonly dataRoot: string;
  /** Folder of the graphs that are asked for by name; modules of others are meant from it. */
  readonly pipelines: string;
}

/** Starts runs of graphs for holders of tokens. */
export class PipelineService {
  readonly #options: PipelineServiceOptions;

  constructor(options: PipelineServiceOptions) {
    this.#options = options;
  }

  /** A graph that is not right is refused here, before any worker sees it. */
  async start(asking: Asking & { readonly request: StartPipelineRunRequest }): Promise<AskedRun> {
    const { starts, dataRoot, pipelines } = this.#options;
    const folders = [pipelines, pipelines] as const;
    const { request, token } = asking;
    const { webhook: _, ...asked } = request;
    // Whoever writes a graph decides which programs the workers run.
    if (typeof asked.pipeline !== 'string' && !token.scopes.includes('graphs:write')) {
      throw scopeMissing(token, 'graphs:write');
    }
    const { pipeline, cache, priority, team } = await readPipelineRequest(asked, ...folders);
    for (const [name, { type }] of Object.entries(pipeline.inputs)) {
      mapFiles(asked.inputs[name], type, (path) => {
        refuseOutside(dataRoot, `inputs.${name}`, path);
        return path;
      });
    }
    const start = pipelineStart(pipeline, {
      ...{ cache, priority, team, inputs: asked.inputs, folder: dataRoot },
      ...startOptions(asking),
    });
    return starts.start({ workflowType: 'pipeline', ...start }, asking);
  }
}
