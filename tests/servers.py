"""Starts this run's own PostgreSQL and Redis before Django reads its settings (an early pytest plugin)."""
