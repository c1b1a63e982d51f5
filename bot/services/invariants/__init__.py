"""What must be true of the data at any moment, feature by feature: statements for `verify` to make."""
