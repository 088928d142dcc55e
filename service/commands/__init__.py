"""The commands of `anjuan`, one module each."""
