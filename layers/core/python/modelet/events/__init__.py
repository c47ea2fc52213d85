"""AWS event dicts to and from messages. Importing the package itself imports nothing."""
