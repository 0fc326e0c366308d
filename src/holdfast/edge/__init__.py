"""What runs inside other people's processes: the hook client and the wire. Standard library only."""
