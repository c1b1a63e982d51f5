"""Pure rules and value types: no Discord, no SQL, no clock and no randomness of their own."""
