"""`python -m otelrum` is `otelrum`."""

from otelrum.cli import main

main()
