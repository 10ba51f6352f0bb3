"""The airline domain's brute-force proof, with no code of the solvers in it."""
