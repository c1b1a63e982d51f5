"""Statements on tickets: their rows and history, panels and topics, people, and the record of what was said."""
