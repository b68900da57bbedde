"""The console script; `python -m otelrum` is `otelrum`."""

from __future__ import annotations

import os


def main() -> None:
    """Run the command line."""
    # gRPC's own lines are no JSON, and say what our log says too. It looks at this when it is loaded.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    from otelrum.cli import cli

    cli(prog_name="otelrum")


if __name__ == "__main__":
    main()
