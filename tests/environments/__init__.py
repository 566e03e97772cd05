"""Small environments by factory string: known ones, well-behaved ones with odd habits, and ones to be refused."""
