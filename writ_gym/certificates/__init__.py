"""Certificates of tasks: how they are made, and how they are checked."""
