"""Who runs the steps of jobs: the run's own process, or workers where the settings name a broker."""

import dagster as dg

from qa_pipeline.settings import load_pipeline_settings


def chosen_executor() -> dg.ExecutorDefinition:
    """The executor of all jobs. What workers need is imported only where there are some."""
    if not load_pipeline_settings().uses_workers:
        return dg.in_process_executor
    from qa_pipeline.workers.executor import workers_executor

    return workers_executor
