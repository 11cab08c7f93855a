import type { Command } from '../command.ts';
import { api } from './api.ts';
import { approve } from './approve.ts';
import { attach } from './attach.ts';
import { cancel } from './cancel.ts';
import { demo } from './demo.ts';
import { dev } from './dev.ts';
import { doctor } from './doctor.ts';
import { down } from './down.ts';
import { evaluate } from './evaluate.ts';
import { explain } from './explain.ts';
import { exportCommand } from './export.ts';
import { extend } from './extend.ts';
import { fsck } from './fsck.ts';
import { gc } from './gc.ts';
import { list } from './list.ts';
import { models } from './models.ts';
import { pause } from './pause.ts';
import { pipeline } from './pipeline.ts';
import { predict } from './predict.ts';
import { rerun } from './rerun.ts';
import { resume } from './resume.ts';
import { run } from './run.ts';
import { schedule } from './schedule/index.ts';
import { serve } from './serve.ts';
import { setup } from './setup.ts';
import { status } from './status.ts';
import { token } from './token.ts';
import { worker } from './worker.ts';

/** Every subcommand, in the order of the overview. */
export const commands: Readonly<Record<string, Command>> = {
  demo,
  run,
  rerun,
  pipeline,
  approve,
  explain,
  attach,
  status,
  list,
  pause,
  resume,
  extend,
  cancel,
  schedule,
  predict,
  evaluate,
  export: exportCommand,
  models,
  dev,
  down,
  worker,
  serve,
  api,
  token,
  gc,
  fsck,
  setup,
  doctor,
};
