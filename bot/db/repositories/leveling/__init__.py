"""Statements on XP and levels."""
