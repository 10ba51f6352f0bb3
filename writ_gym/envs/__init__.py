"""Episodes, and the Gymnasium environments over them."""
