"""Use cases: load, decide, save. No HTTP, no clock."""
