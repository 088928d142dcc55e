"""What brings Anjuan onto machines."""
