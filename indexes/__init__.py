"""Search: analysis, projection, query language, two engines behind one port."""
