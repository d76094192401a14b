"""A chat window for other people's websites that answers from what it was given to read."""
