"""Workers: programs on any machine that take the steps of runs, and what they and the runs agree by.

PostgreSQL holds which step waits, who has it and whether that worker lives; the broker only says that there is
something to take. So a message that is lost, or comes twice, or a broker that is gone for a while, costs some seconds
and never a step.
"""
