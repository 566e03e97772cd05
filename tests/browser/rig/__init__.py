"""The rig of the browser tests: an impaired network, real browsers, a served experiment and players at the keys."""
