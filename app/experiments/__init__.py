"""What a study is: its file, its checks and its packages; no server code."""
