"""What is held about a person, given to them or erased, and the proof that it was."""
