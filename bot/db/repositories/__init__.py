"""The statements, one module a feature. They never commit and never decide."""
