"""Processes and ports of this machine: started, watched, stopped."""
