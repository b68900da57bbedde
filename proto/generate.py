"""Writes otelrum/otlp/pb from the .proto files here. `make proto` calls it.

The OTLP files that views.proto imports are not kept here: their descriptors come from the package
opentelemetry-proto, so that both are always of one version.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from grpc_tools import protoc
from opentelemetry.proto.logs.v1 import logs_pb2
from opentelemetry.proto.trace.v1 import trace_pb2

SOURCES = Path(__file__).resolve().parent / "otelrum"
TARGET = SOURCES.parent.parent / "otelrum" / "otlp" / "pb"


def add(file: FileDescriptor, out: FileDescriptorSet) -> None:
    """A file after those that it needs."""
    if any(known.name == file.name for known in out.file):
        return
    for needed in file.dependencies:
        add(needed, out)
    file.CopyToProto(out.file.add())


def main() -> int:
    known = FileDescriptorSet()
    for module in (trace_pb2, logs_pb2):
        add(module.DESCRIPTOR, known)
    with tempfile.NamedTemporaryFile(suffix=".binpb") as descriptors:
        descriptors.write(known.SerializeToString())
        descriptors.flush()
        sources = [path.name for path in sorted(SOURCES.glob("*.proto"))]
        paths = [f"--proto_path={SOURCES}", f"--descriptor_set_in={descriptors.name}"]
        outputs = [f"--python_out={TARGET}", f"--pyi_out={TARGET}"]
        result: int = protoc.main(["protoc", *paths, *outputs, *sources])
        return result


if __name__ == "__main__":
    sys.exit(main())
