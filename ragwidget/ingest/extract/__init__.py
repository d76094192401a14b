"""One module for each kind of file; each has one `extract` that returns a `Document`."""
