"""One turn: a question goes in, events come out, and what was said is written down."""
