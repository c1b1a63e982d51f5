"""How pictures are drawn: text in any script, cards and charts. Imported by the worker alone."""
