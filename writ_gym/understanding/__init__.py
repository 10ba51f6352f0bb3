"""What an agent's text says and does, for those who play users."""
