"""The server: it seats, pairs, signals, arbitrates and stores."""
