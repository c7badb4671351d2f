"""The dashboards: what people look at. They read published snapshots and never the working database."""
