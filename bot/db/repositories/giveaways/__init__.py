"""Statements on giveaways, by table."""
