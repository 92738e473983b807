"""What is remembered: models and queries, one file for each noun, and the one transaction that commits."""
