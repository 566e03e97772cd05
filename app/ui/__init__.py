"""The desktop: a window, the server it starts, and the researcher's pages."""
