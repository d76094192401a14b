"""What hangs on the installation's secret key: signed, sealed, or hashed under it."""
