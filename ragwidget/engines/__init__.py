"""What answers: the `Engine` protocol and the engines that keep it."""
