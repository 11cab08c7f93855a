import { controlCommand } from '../control-command.ts';

export const resume = controlCommand(
  { summary: 'Let a paused run go on from its checkpoints.' },
  async (client, workflowId) => {
    await client.resume(workflowId);
    return `resumed ${workflowId}`;
  },
);
