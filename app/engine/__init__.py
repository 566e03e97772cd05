"""The pure engine of a match: simulation, rollback netcode and recording (see README.md in this folder)."""
