"""What the server decides; knows no Flask, socket, disk or clock (time, ids and randomness are arguments)."""
