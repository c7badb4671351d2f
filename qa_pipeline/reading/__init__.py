"""From the raw JSON of the service to the rows of the tables; no network, no money."""
