"""What `make bench` runs: how close the paid stage comes to what the service allows, how fast programs start, how fast
sound is measured, and what a day's figures cost."""
