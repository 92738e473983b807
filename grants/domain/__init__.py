"""Pure values and functions: what a program is, who may apply, what fits a plan and when it closes."""
