"""What results become."""
