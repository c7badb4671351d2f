"""From one machine to several and back: the ledger, raw JSON and what is published, each whole, and nothing twice."""
