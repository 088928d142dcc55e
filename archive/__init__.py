"""The core that every room shares: rows, pure rules, use cases, ports. Knows no HTTP, no Celery, no engine."""
