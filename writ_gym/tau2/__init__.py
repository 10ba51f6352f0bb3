"""tau2-bench's data, tasks and recorded calls."""
