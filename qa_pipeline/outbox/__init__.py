"""The outbox of alerts: causes are found in what is published, kept in the operations database, and sent."""
