"""What examples/shop/demo is made of. Python's standard library only: it drives the shop, and is no part of it."""
