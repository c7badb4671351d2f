"""What is told to people by itself: causes, control limits, who is told, when, and in what words. Values in, values
out."""
