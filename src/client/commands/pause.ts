import { controlCommand } from '../control-command.ts';

export const pause = controlCommand({}, async (client, workflowId) => {
  await client.pause(workflowId);
  return `paused ${workflowId}; 'sevenfold resume ${workflowId}' lets it go on`;
});
