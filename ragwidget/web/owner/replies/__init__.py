"""What the owner API answers: told by the document, and held against the answers by tests."""
