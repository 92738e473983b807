"""The funding navigator for community safety and well-being in Ontario."""
