"""A lifelike installation of any size, for what is measured and planned."""
