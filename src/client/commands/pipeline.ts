import { writeFile } from 'node:fs/promises';
import { connectionSettings } from '../../connection.ts';
import { nearestName } from '../../nearest.ts';
import { loadPipeline } from '../../pipelines/load-pipeline.ts';
import { pipelineHash } from '../../pipelines/parse-pipeline.ts';
import { renderMermaid } from '../../pipelines/render-mermaid.ts';
import { renderSvg } from '../../pipelines/render-svg.ts';
import { CacheMode, type Pipeline, Priority } from '../../schemas/pipeline.ts';
import { ensureReady } from '../../setup/ensure-ready.ts';
import {
  type Command,
  ExitCode,
  type Invocation,
  type Options,
  oneOf,
  usageError,
} from '../command.ts';
import { readAssignment, readJobFile } from '../job-file.ts';
import { formatTable } from '../output.ts';
import { PipelineClient } from '../pipeline-client.ts';
import { RUN_KINDS } from '../run-kinds.ts';
import { ensureStack } from '../stack/ensure-stack.ts';

type Subcommand = (pipeline: Pipeline, invocation: Invocation) => Promise<number>;

export const pipeline: Command = {
  usage: `check|show|graph|run <pipeline.yaml|json|ts> [options]

  graph --format svg|mermaid   default: mermaid
        --output <file>        default: to the terminal
  run   --input <name>=<value> an input; repeatable
        --inputs <file>        all inputs, in YAML or JSON
        --cache use|refresh|off   overrides what the pipeline and its steps say
        --priority interactive|scheduled|backfill
        --team <name>          whose share of the workers it takes
        --detach               start the run and leave it to itself`,
  options: {
    format: { type: 'string' },
    output: { type: 'string' },
    input: { type: 'string', multiple: true },
    inputs: { type: 'string' },
    cache: { type: 'string' },
    priority: { type: 'string' },
    team: { type: 'string' },
    detach: { type: 'boolean' },
  },
  async run(invocation) {
    const [name = '', file, ...others] = invocation.positionals;
    const subcommand = Object.hasOwn(SUBCOMMANDS, name) ? SUBCOMMANDS[name] : undefined;
    if (subcommand === undefined) throw unknownSubcommand(name);
    if (file === undefined || others.length > 0) {
      throw usageError('pipeline', file, 'one YAML, JSON or TypeScript file');
    }
    return subcommand(await loadPipeline(file), invocation);
  },
};

const check: Subcommand = async (pipeline, { output }) => {
  const hash = pipelineHash(pipeline);
  const steps = pipeline.steps.length + pipeline.finally.length;
  output.line(`${pipeline.name}: ${steps} steps, no fault\nhash  ${hash}`);
  output.result({ pipeline: pipeline.name, steps, hash });
  return ExitCode.done;
};

const show: Subcommand = async (pipeline, { output }) => {
  const rows = [...pipeline.steps, ...pipeline.finally].map((step) => [
    step.id,
    step.uses.split('#').at(-1) ?? '',
    step.each ? 'each item' : step.repeat ? `at most ${step.repeat.atMost} times` : 'once',
    step.summary,
  ]);
  output.line(formatTable([['step', 'kind', 'done', ''], ...rows]));
  output.result({ hash: pipelineHash(pipeline), pipeline });
  return ExitCode.done;
};

const graph: Subcommand = async (pipeline, { options, output }) => {
  const format = oneOf(options, 'format', ['mermaid', 'svg'] as const) ?? 'mermaid';
  const image = format === 'svg' ? renderSvg(pipeline) : renderMermaid(pipeline);
  const file = options.text('output');
  if (file === undefined) output.line(image.trimEnd());
  else await writeFile(file, image);
  output.result({ format, output: file ?? null, ...(file === undefined && { image }) });
  return ExitCode.done;
};

const run: Subcommand = async (pipeline, { config, options, output }) => {
  const settings = {
    cache: oneOf(options, 'cache', CacheMode.options),
    priority: oneOf(options, 'priority', Priority.options),
    team: options.text('team'),
    inputs: await readInputs(options),
  };
  await ensureReady(config, (text) => output.line(text));
  const { origin } = await connectionSettings(config);
  if (origin !== 'environment') await ensureStack(config, (text) => output.live(text));
  const client = await PipelineClient.connect(config);
  try {
    const handle = await client.start(pipeline, settings);
    const { workflowId } = handle;
    output.line(`run ${workflowId}`);
    if (options.has('detach')) {
      output.result({ workflowId, runId: handle.firstExecutionRunId });
      return ExitCode.done;
    }
    // With all that lifecycles need for their results: graphs that are only checked do without.
    const { attachTo } = await import('../attach-to.ts');
    return await attachTo(client, { handle, kind: RUN_KINDS.graph }, config, output);
  } finally {
    await client.close();
  }
};

const SUBCOMMANDS: Readonly<Record<string, Subcommand>> = { check, show, graph, run };

async function readInputs(options: Options): Promise<Record<string, unknown>> {
  const file = options.text('inputs');
  const inputs = file === undefined ? {} : await readJobFile(file);
  for (const assignment of options.list('input')) {
    const [name, value] = readAssignment(assignment);
    inputs[name] = value;
  }
  return inputs;
}

function unknownSubcommand(name: string) {
  const names = Object.keys(SUBCOMMANDS);
  const nearest = nearestName(name, names);
  const remedy =
    nearest === undefined ? undefined : `Did you mean 'sevenfold pipeline ${nearest}'?`;
  return usageError('subcommand', name, `one of ${names.join(', ')}`, remedy);
}
