"""Whether everything is back where it was after a long time of mixed load."""
