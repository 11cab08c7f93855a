"""Starts a graph, approves what it asks and reads its result, with Temporal's Python SDK alone.

python run_pipeline.py ADDRESS WORKFLOW_ID REQUEST_JSON
"""

import asyncio
import json
import os
import sys

from temporalio.client import Client, WorkflowQueryFailedError
from temporalio.service import RPCError


async def main(address: str, workflow_id: str, request: dict) -> dict:
    client = await Client.connect(address)
    run = await client.start_workflow("pipeline", request, id=workflow_id, task_queue="sevenfold")
    result = asyncio.create_task(run.result())
    asked = []
    while not result.done():
        for approval in await look(run):
            asked.append(approval)
            decision = {"step": approval["step"], "decision": "approve", "by": "Ada", "why": "fine"}
            await run.execute_update("approve", decision)
        await asyncio.wait([result], timeout=0.2)
    return {"asked": asked, "result": await result}


async def look(run) -> list:
    try:
        return (await run.query("pipelineState"))["approvals"]
    except (RPCError, WorkflowQueryFailedError):
        return []  # No worker has taken it up yet: the next look will tell.


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(sys.argv[1], sys.argv[2], json.loads(sys.argv[3])))), flush=True)
    # Threads of the SDK may outlive the interpreter, and crash it: temporalio/sdk-python#300.
    os._exit(0)
