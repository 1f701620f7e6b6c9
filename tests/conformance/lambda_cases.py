#!/usr/bin/env python3
# Copyright The Segue Authors
# SPDX-License-Identifier: Apache-2.0
"""lambda_cases.py ARGUMENTS...: run_cases.py of SEGUE_CONFORMANCE_DIR, with functions that answer
as the recorded ones did.

The stand-in for Lambda beside the data differs from what was recorded in four ways, which is seen
in the recordings themselves (README.md says where). They are put right here; all else is as it is
there.
"""

import base64
import json
import os
import sys

sys.path.insert(0, os.environ["SEGUE_CONFORMANCE_DIR"])

import lambda_standin  # noqa: E402
import run_cases  # noqa: E402

run_function = lambda_standin._run


def run_as_recorded(handler, event):
    if handler.endswith("return_bytes_str.py"):
        return "HelloWorld!", False
    if handler.endswith("raise_custom_exception.py"):
        failure = lambda_standin._failure("CustomException", "", 9)
        failure["stackTrace"] = [
            '  File "/var/task/handler.py", line 9, in handler\n    raise CustomException()\n']
        return failure, True
    return run_function(handler, event)


class Handler(lambda_standin.Handler):
    def answer(self, status, payload, headers):
        # Python's runtime writes a blank after each comma and colon.
        data = json.dumps(payload, ensure_ascii=False).encode()
        if self.headers.get("X-Amz-Log-Type") == "Tail":
            headers = {**headers, "X-Amz-Log-Result": base64.b64encode(b"START\nEND\n").decode()}
        self.send_response(status)
        for name, value in {
                "Content-Type": "application/json", "Content-Length": str(len(data)),
                "x-amzn-RequestId": "00000000-0000-0000-0000-000000000000",
                "x-amzn-Remapped-Content-Length": "0",
                "X-Amzn-Trace-Id": lambda_standin.TRACE, "Connection": "keep-alive",
                **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)


lambda_standin._run = run_as_recorded
lambda_standin.Handler = Handler

if __name__ == "__main__":
    run_cases.main()
