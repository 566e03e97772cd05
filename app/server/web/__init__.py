"""The sites and sockets; the only room that imports Flask."""
