"""Who may look at calls, and what each may do: plain values that settings, pages and commands share."""
