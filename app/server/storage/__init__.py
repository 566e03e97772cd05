"""The store: what is recorded, kept in one folder per experiment, and how it leaves that folder again."""
