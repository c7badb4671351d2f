"""Runs the local service: `python -m qa_pipeline.local_service --help`."""

from __future__ import annotations

from qa_pipeline.local_service.command_line import main

if __name__ == "__main__":
    raise SystemExit(main())
