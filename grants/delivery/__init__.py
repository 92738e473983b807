"""What leaves the system: mail and the letters it carries."""
