"""What a detailed report becomes."""
