"""What people see: text, embeds, controls, and the one function that reports errors."""
