"""Sample calls: scripts, the tool that voices them, the recordings it made. Not part of the product."""
