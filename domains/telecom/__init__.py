"""A mobile carrier: its accounts, and the phone that each customer holds in their hand."""
