"""What Dagster sees: assets, partitions, resources, job, schedule, sensor. `definitions.py` assembles them.

`declarations.py` says once what all assets share.
"""
