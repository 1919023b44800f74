"""What each kind of step becomes: one file a kind, which registers its form."""
