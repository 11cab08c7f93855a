import { controlCommand } from '../control-command.ts';

export const resume = controlCommand({}, async (client, workflowId) => {
  await client.resume(workflowId);
  return `resumed ${workflowId}`;
});
