"""`qa-pipeline models`: the recognition models, and the weights of local ones."""
