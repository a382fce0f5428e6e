"""Speed, memory and agreement, against the peers that a user would pick."""
