"""What the product costs, measured inside Chromium: one file a claim, `python -m benchmarks` runs them."""
