"""The data of the example jobs: each set comes from a package, pinned and checked, and is never committed."""
