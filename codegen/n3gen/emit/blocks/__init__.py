"""What each block becomes: one file a block, which registers its form."""
