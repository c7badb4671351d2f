"""`python -m qa_pipeline`, the same as `qa-pipeline`."""

from __future__ import annotations

from qa_pipeline.cli import main

if __name__ == "__main__":
    main()
