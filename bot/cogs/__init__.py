"""Discord in, Discord out: commands and events, each parsed, answered by one call, and shown."""
