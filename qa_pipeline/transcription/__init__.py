"""What a transcription is: models and their limits, parameters, results, price. Pure values, no client."""
