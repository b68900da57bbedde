"""The console script; `python -m otelrum` is `otelrum`."""

from __future__ import annotations

import os
import sys

from otelrum.compiled import stale_message, stale_sources


def main() -> None:
    """Run the command line."""
    if stale := stale_sources():
        sys.exit(f"Error: {stale_message(stale)}")
    # gRPC's own lines are no JSON, and say what our log says too. It looks at this when it is loaded.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    from otelrum.cli import cli

    cli(prog_name="otelrum")


if __name__ == "__main__":
    main()
