# Copyright The Segue Authors
# SPDX-License-Identifier: Apache-2.0
"""A worker that pulls tasks, whatever becomes of the server meanwhile."""

import json
import threading
import time

from support.client import Client
from support.shop import Call

import grpc

GONE = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)


class Worker:
    """Charges as the shop does: once for each key. `ledger` holds the tasks that it was given."""

    def __init__(self, address, task_type):
        self.faults = []
        self.ledger = []
        self._task_type = task_type
        self._charges = {}  # by key
        self._client = Client(address)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def stop(self):
        self._stopping.set()
        self._thread.join()
        self._client.close()

    def calls(self, execution):
        return [call for call in self.ledger if call.execution == execution]

    def _run(self):
        try:
            while not self._stopping.is_set():
                self._take_one()
        except Exception as fault:  # handed to the test, which fails with it
            self.faults.append(fault)

    def _take_one(self):
        try:
            task = self._client.poll(self._task_type, seconds=1)
        except grpc.RpcError as error:
            if error.code() not in GONE:
                raise
            self._stopping.wait(0.05)
            return
        if task is not None:
            self._answer(task)

    def _answer(self, task):
        key, order_id = task.idempotency_key, json.loads(task.input)["order_id"]
        charge = self._charges.setdefault(key, f"worked-{len(self._charges) + 1}")
        self.ledger.append(Call(
            time=time.monotonic(), key=key, attempt=task.attempt, execution=task.execution_id,
            traceparent=task.trace_parent, order_id=order_id, deadline_s=0.0, charge_id=charge))
        while not self._stopping.is_set():
            try:
                self._client.complete(task.task_token, {"order_id": order_id, "charge_id": charge})
                return
            except grpc.RpcError as error:
                if error.code() in GONE:
                    self._stopping.wait(0.05)  # it may have been taken: the same answer again
                elif error.code() == grpc.StatusCode.FAILED_PRECONDITION:
                    return  # it was taken before, or its time was over
                else:
                    raise
