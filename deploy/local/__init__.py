"""Real servers without Docker, for development and for tests."""
