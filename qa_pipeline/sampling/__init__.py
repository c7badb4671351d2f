"""Which calls are evaluated by people: plans, draws that can be repeated, and what follows from a sample for all calls.
Values in, values out."""
