# Copyright The Segue Authors
# SPDX-License-Identifier: Apache-2.0
"""A gRPC service that workflows call, and that remembers each call."""

import dataclasses
import threading
import time
from concurrent import futures

from support import protos  # noqa: F401  (puts the generated code on sys.path)

import grpc
import shop_pb2
import shop_pb2_grpc
from grpc_reflection.v1alpha import reflection

METHOD = "segue.testing.shop.Shop/Charge"
RESOURCE = f"grpc:shop/{METHOD}"


@dataclasses.dataclass
class Call:
    """One line of the ledger."""
    time: float
    key: str
    attempt: int
    execution: str
    traceparent: str
    order_id: str
    deadline_s: float
    end: float = 0.0
    # "", the code that was answered, or "CANCELLED" when the caller went away.
    outcome: str = ""
    charge_id: str = ""


class Shop(shop_pb2_grpc.ShopServicer):
    """The service and its server. `ledger` holds all calls, in order of arrival."""

    def __init__(self, threads=64, port=0):
        self.changed = threading.Condition()
        self.ledger = []
        self.charges = {}  # by key: the one answer of that key
        self.in_flight = 0
        self.in_flight_max = 0
        self._calls_by_key = {}
        self._server = grpc.server(
            futures.ThreadPoolExecutor(threads), options=[("grpc.so_reuseport", 0)])
        shop_pb2_grpc.add_ShopServicer_to_server(self, self._server)
        names = (shop_pb2.DESCRIPTOR.services_by_name["Shop"].full_name, reflection.SERVICE_NAME)
        reflection.enable_server_reflection(names, self._server)
        self.port = self._server.add_insecure_port(f"127.0.0.1:{port}")
        self._server.start()

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def service(self, **budget):
        """Its entry in the configuration of segued."""
        entry = {"name": "shop", "grpc": {"address": self.address}}
        return {**entry, "budget": budget} if budget else entry

    def stop(self):
        self._server.stop(None).wait()

    def calls(self, execution):
        with self.changed:
            return [call for call in self.ledger if call.execution == execution]

    def wait_until(self, condition, timeout=30):
        """Waits for a condition on this service; each call that begins or ends is an event."""
        with self.changed:
            assert self.changed.wait_for(condition, timeout), "the shop waited in vain"

    def Charge(self, request, context):
        call = self._begin(request, context)
        gone = threading.Event()
        if not context.add_callback(gone.set) or gone.wait(request.delay_ms / 1000):
            self._finish(call, "CANCELLED")
            return shop_pb2.ChargeResponse()
        with self.changed:
            fail = self._calls_by_key[call.key] <= request.fail_times
            if not fail:
                # A second call of the same key does nothing again.
                first = self.charges.setdefault(call.key, f"charge-{len(self.charges) + 1}")
                call.charge_id = first
        self._finish(call, request.fail_code if fail else "OK")
        if fail:
            context.abort(grpc.StatusCode[request.fail_code], f"told to fail: {request.order_id}")
        return shop_pb2.ChargeResponse(order_id=request.order_id, charge_id=call.charge_id)

    def _begin(self, request, context):
        now = time.monotonic()
        metadata = dict(context.invocation_metadata())
        key = metadata.get("idempotency-key", "")
        call = Call(time=now, key=key, attempt=int(metadata.get("segue-attempt", 0)),
                    execution=key.split("/")[0], traceparent=metadata.get("traceparent", ""),
                    order_id=request.order_id, deadline_s=context.time_remaining() or 0.0)
        with self.changed:
            self.ledger.append(call)
            self._calls_by_key[key] = self._calls_by_key.get(key, 0) + 1
            self.in_flight += 1
            self.in_flight_max = max(self.in_flight_max, self.in_flight)
            self.changed.notify_all()
        return call

    def _finish(self, call, outcome):
        with self.changed:
            call.outcome, call.end = outcome, time.monotonic()
            self.in_flight -= 1
            self.changed.notify_all()
