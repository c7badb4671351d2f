"""The heavy steps where machines share days: the assets of the embedded ones, made of shards."""
