"""Tasks on both axes, from the draws of a request to whole grids."""
