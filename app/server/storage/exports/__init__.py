"""What a researcher takes away: tables as CSV, the declaration of every column, and the comparison of two records."""
