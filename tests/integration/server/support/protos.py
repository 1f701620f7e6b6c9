# Copyright The Segue Authors
# SPDX-License-Identifier: Apache-2.0
"""Makes the Python of proto/ and of the sample service, and puts it on sys.path."""

import hashlib
import os
import pathlib
import shutil
import sys
import tempfile

import grpc_tools
from grpc_tools import protoc

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parents[3]
PROTO_DIR = pathlib.Path(os.environ.get("PROTO_DIR", REPOSITORY / "proto"))
OUT_ROOT = REPOSITORY / "build" / "python_protos"


def _sources():
    files = [file for folder in ("google/rpc", "segue/v1")
             for file in sorted(PROTO_DIR.glob(f"{folder}/*.proto"))]
    return [(PROTO_DIR, file) for file in files] + [(HERE, HERE / "shop.proto")]


def _generate(out, sources):
    arguments = ["protoc", f"-I{PROTO_DIR}", f"-I{HERE}",
                 f"-I{pathlib.Path(grpc_tools.__file__).parent / '_proto'}",
                 f"--python_out={out}", f"--grpc_python_out={out}"]
    if protoc.main(arguments + [str(file.relative_to(root)) for root, file in sources]) != 0:
        raise RuntimeError("protoc failed; see its output above")


def ensure():
    """The folder of the generated code: one for each content, made once, safe to make twice."""
    sources = _sources()
    content = hashlib.sha256()
    for root, file in sources:
        content.update(str(file.relative_to(root)).encode() + b"\0" + file.read_bytes())
    out = OUT_ROOT / content.hexdigest()[:16]
    if not out.exists():
        OUT_ROOT.mkdir(parents=True, exist_ok=True)
        work = tempfile.mkdtemp(dir=OUT_ROOT)
        try:
            _generate(work, sources)
            os.rename(work, out)
        except OSError:
            if not out.exists():
                raise
        finally:
            shutil.rmtree(work, ignore_errors=True)
    if str(out) not in sys.path:
        sys.path.insert(0, str(out))
    return out


ensure()
