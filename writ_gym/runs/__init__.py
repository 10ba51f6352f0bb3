"""Rollouts: played, spread over workers, kept in run folders, and verified."""
