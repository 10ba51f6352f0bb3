"""How users put things, and what their sentences say."""
