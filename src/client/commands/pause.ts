import { controlCommand } from '../control-command.ts';

export const pause = controlCommand(
  { summary: 'Pause a run: its trainings keep a checkpoint and free their slots.' },
  async (client, workflowId) => {
    await client.pause(workflowId);
    return `paused ${workflowId}; 'sevenfold resume ${workflowId}' lets it go on`;
  },
);
