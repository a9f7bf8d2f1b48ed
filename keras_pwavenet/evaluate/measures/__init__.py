"""What a voice is measured by."""
