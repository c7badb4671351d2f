"""How far evaluators agree, how strict they are, and how sure a figure is. Values in, values out; all intervals 95%."""
