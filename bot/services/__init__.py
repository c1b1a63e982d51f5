"""The use cases: one public method, one transaction, frozen dataclasses out."""
