"""What each block comes to: one file a block, which registers its bound."""
