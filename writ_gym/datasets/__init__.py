"""What becomes of trajectories: filters, exports, training sets."""
