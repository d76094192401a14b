"""What `tests/bench/load.py` puts under load, and what it loads it with; each in a process."""
