"""What each feature shows in the demonstration. Named by the features' declarations, and imported by the demo alone."""
