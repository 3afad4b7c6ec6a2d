"""What must hold at the two gates."""
