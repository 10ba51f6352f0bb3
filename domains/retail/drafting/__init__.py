"""How requests are drafted from the whole database: a target first, then words that mean it."""
