"""The repository checked against what it says of itself."""
