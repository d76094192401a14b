"""From a file, a text or an address to pieces that can be searched and cited."""
