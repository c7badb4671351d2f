"""Rules on the dashboards: what they come to, what they say, one tried on a call, a change tried on all calls."""
