"""Statements on cases, their changes, and the slots that they decide."""
