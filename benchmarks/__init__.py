"""What `make bench` runs: how close the paid stage comes to what the service allows, and how fast programs start and
sound is measured."""
