"""Evaluations of agent policies, and why episodes fail."""
