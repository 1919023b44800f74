"""`python -m n3gen` is the command `n3gen`."""

from n3gen.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
