"""What files of tasks or records hold, as text and pictures."""
