"""Interactive Gym Kiosk: real-time experiments for several people on Gymnasium environments, in their browsers."""

__version__ = "0.1.0"
