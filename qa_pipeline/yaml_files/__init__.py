"""Files of YAML that people write, read by a model of pydantic: whatever is wrong is named with file and line."""
