"""Starts a lifecycle, follows it and reads its result, with Temporal's Python SDK alone.

python run_lifecycle.py ADDRESS WORKFLOW_ID JOB_JSON
"""

import asyncio
import json
import os
import sys

from temporalio.client import Client, WorkflowFailureError, WorkflowQueryFailedError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError


async def main(address: str, workflow_id: str, job: dict) -> dict:
    client = await Client.connect(address)
    run = await client.start_workflow(
        "lifecycle",
        job,
        id=workflow_id,
        task_queue="sevenfold",
        memo={"requestedBy": "Python client"},
    )
    result = asyncio.create_task(run.result())
    seen = []
    while not result.done():
        steps = await look(run)
        if steps is not None and steps not in seen:
            seen.append(steps)
        await asyncio.wait([result], timeout=0.2)
    try:
        return {"runId": run.first_execution_run_id, "seen": seen, "result": await result}
    except WorkflowFailureError as error:
        cause = error.cause
        while cause.__cause__ is not None and not isinstance(cause, ApplicationError):
            cause = cause.__cause__
        return {"failure": {"type": cause.type, "message": cause.message, "problem": cause.details[0]}}


async def look(run) -> dict | None:
    try:
        state = await run.query("runState")
    except (RPCError, WorkflowQueryFailedError):
        return None  # No worker has taken it up yet: the next look will tell.
    return {step["id"]: step["status"] for step in state["steps"]}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(sys.argv[1], sys.argv[2], json.loads(sys.argv[3])))), flush=True)
    # Threads of the SDK may outlive the interpreter, and crash it: temporalio/sdk-python#300.
    os._exit(0)
